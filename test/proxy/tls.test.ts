/** HTTPS: which certificate a client is shown, what follows from it, and who is refused. */
import assert from 'node:assert/strict'
import { connect as connectTcp } from 'node:net'
import { test } from 'node:test'
import { answering, eventually, get, turn } from './harness.ts'
import { connectTo } from './peer.ts'
import { certificateFor, connectTls, FALLBACK, startTlsWorld } from './tls-world.ts'

const A = certificateFor(['a.test'])
const WILD = certificateFor(['*.wild.test'])

test('a request by TLS reaches the backend, and says so', async (t) => {
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  answering(backend)
  const client = await connectTls(t, https.port, { servername: 'a.test', ca: A.chain })
  assert.equal(client.socket.getProtocol(), 'TLSv1.3')
  assert.equal(client.socket.alpnProtocol, 'http/1.1')
  client.send(get('/one'))
  assert.equal((await client.message()).status, 200)
  backend.connections[0]!.answer = undefined
  client.send(get('/two'))
  const request = await eventually('the request', () =>
    backend.connections[0]!.text.includes('/two') ? backend.connections[0]!.text : undefined,
  )
  assert.match(request, /^X-Forwarded-Proto: https\r$/m)
  assert.match(request, /^X-Forwarded-Port: 443\r$/m)
})

for (const { servername, shown } of [
  { servername: 'a.test', shown: 'a.test 1' },
  { servername: 'A.TEST', shown: 'a.test 1' },
  { servername: 'www.wild.test', shown: '*.wild.test 1' },
  { servername: 'exact.wild.test', shown: 'exact.wild.test 1' },
  { servername: 'a.b.wild.test', shown: 'fallback.test 1' },
  { servername: 'wild.test', shown: 'fallback.test 1' },
  { servername: 'nobody.test', shown: 'fallback.test 1' },
  { servername: '', shown: 'fallback.test 1' },
]) {
  test(`who asks for ${servername || 'no name'} is shown ${shown}`, async (t) => {
    const { https } = await startTlsWorld(t, {
      'a.test': A,
      '*.wild.test': WILD,
      'exact.wild.test': certificateFor(['exact.wild.test']),
    })
    assert.equal((await connectTls(t, https.port, { servername })).shown, shown)
  })
}

test('the certificate for all other names is shown instead of the self-made one', async (t) => {
  const { https } = await startTlsWorld(t, { '*': certificateFor(['default.test']), 'a.test': A })
  assert.equal((await connectTls(t, https.port, { servername: 'nobody.test' })).shown, 'default.test 1')
  assert.equal((await connectTls(t, https.port)).shown, 'default.test 1')
  assert.equal((await connectTls(t, https.port, { servername: 'a.test' })).shown, 'a.test 1')
})

test('a connection for one host is not for another one with a certificate of its own', async (t) => {
  const B = certificateFor(['b.test'])
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A, 'b.test': B, 'same.test': A })
  answering(backend)
  const status = async (servername: string, host: string) => {
    const client = await connectTls(t, https.port, { servername })
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    return (await client.message()).status
  }
  assert.equal(await status('a.test', 'a.test:443'), 200)
  assert.equal(await status('a.test', 'b.test'), 421)
  assert.equal(proxy.log.at(-1)!.fault, 'misdirected')
  assert.equal(await status('a.test', 'same.test'), 200, 'the same certificate')
  assert.equal(await status('a.test', 'plain.test'), 200, 'a host without a certificate of its own')
  assert.equal(await status('nobody.test', 'b.test'), 200, 'opened with the default certificate')
  assert.equal(await status('', 'b.test'), 200, 'opened without a name')
})

test('a host has its own certificate alone: the default one does not fill in for another type of key', async (t) => {
  const { https } = await startTlsWorld(t, { 'rsa.test': certificateFor(['rsa.test'], 1, 'rsa') })
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    assert.equal((await connectTls(t, https.port, { servername: 'rsa.test', maxVersion })).shown, 'rsa.test 1')
    const sigalgs = 'ecdsa_secp256r1_sha256'
    await assert.rejects(connectTls(t, https.port, { servername: 'rsa.test', maxVersion, sigalgs }))
  }
})

test('a new certificate is for new connections, and disturbs no open one', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A })
  answering(backend)
  const before = await connectTls(t, https.port, { servername: 'a.test' })
  proxy.certificate('shop/a.test', certificateFor(['a.test'], 2), 'a.test').apply()
  const after = await connectTls(t, https.port, { servername: 'a.test' })
  assert.equal(after.shown, 'a.test 2')
  for (const client of [before, after]) {
    client.send(get())
    assert.equal((await client.message()).status, 200)
  }
})

test('material that OpenSSL refuses harms its own host alone', async (t) => {
  const { proxy, https } = await startTlsWorld(t, { 'a.test': A, 'broken.test': { chain: A.chain, key: WILD.key } })
  await assert.rejects(connectTls(t, https.port, { servername: 'broken.test' }))
  assert.equal((await connectTls(t, https.port, { servername: 'a.test' })).shown, 'a.test 1')
  await eventually('one failure', () => proxy.sample('sluice_tls_handshakes', 'failed') === 1)
  await eventually('one handshake', () => proxy.sample('sluice_tls_handshakes', 'full') === 1)
})

for (const { why, options } of [
  { why: 'TLS 1.1', options: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } },
  { why: 'a cipher without forward secrecy', options: { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' } },
  { why: 'a cipher in CBC mode', options: { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' } },
  { why: 'a protocol that is not spoken', options: { ALPNProtocols: ['imap'] } },
] as const) {
  test(`who offers nothing but ${why} is refused`, async (t) => {
    const { https } = await startTlsWorld(t)
    await assert.rejects(
      connectTls(t, https.port, { ...options, ALPNProtocols: [...(options.ALPNProtocols ?? ['http/1.1'])] }),
    )
  })
}

test('TLS 1.2 is spoken, with forward secrecy', async (t) => {
  const { https } = await startTlsWorld(t)
  const { socket } = await connectTls(t, https.port, { maxVersion: 'TLSv1.2' })
  assert.equal(socket.getProtocol(), 'TLSv1.2')
  assert.match(socket.getCipher().name, /^ECDHE-ECDSA-.*GCM/)
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session of ${version} is resumed by another worker`, async (t) => {
    const first = await startTlsWorld(t, { 'a.test': A })
    const second = await startTlsWorld(t, { 'a.test': A })
    answering(first.backend)
    const options = { servername: 'a.test', maxVersion: version, minVersion: version }
    const client = await connectTls(t, first.https.port, options)
    client.send(get())
    await client.message()
    // Its ticket came with the handshake, or before the answer.
    const again = await connectTls(t, second.https.port, { ...options, session: client.socket.getSession()! })
    assert.equal(again.socket.isSessionReused(), true)
    await eventually('a resumption', () => second.proxy.sample('sluice_tls_handshakes', 'resumed') === 1)
  })
}

test('a handshake that does not come to its end is cut off in time', async (t) => {
  const { proxy, https } = await startTlsWorld(t)
  const client = await connectTo(t, https.port)
  await eventually('a connection', () => proxy.sample('sluice_connections', 'idle') === 1)
  proxy.clock.advance(9_000)
  await turn()
  assert.equal(client.closed, false)
  proxy.clock.advance(2_000)
  await client.atEnd()
  await eventually('the count', () => proxy.sample('sluice_tls_handshakes', 'timeout') === 1)
})

test('a handshake takes as long as its client takes, and that is seen', async (t) => {
  const { proxy, https } = await startTlsWorld(t)
  const raw = connectTcp(https.port, '127.0.0.1')
  t.after(() => raw.destroy())
  await eventually('a connection', () => proxy.sample('sluice_connections', 'idle') === 1)
  proxy.clock.advance(3_000)
  await connectTls(t, https.port, { socket: raw })
  await eventually('the count', () => proxy.sample('sluice_tls_handshakes', 'full') === 1)
  const [, , value] = proxy.plane.samples().find(([family]) => family === 'sluice_tls_handshake_duration_seconds')!
  assert.equal(typeof value === 'object' && value.sum, 3)
})

test('connections are limited before their handshake, and given back after it', async (t) => {
  const { proxy, https } = await startTlsWorld(t)
  proxy.settings({ limits: { connectionsPerClient: 1 } }).apply()
  const silent = await connectTo(t, https.port)
  await eventually('the first', () => proxy.sample('sluice_connections_accepted') === 1)
  await (await connectTo(t, https.port)).atEnd()
  assert.equal(proxy.sample('sluice_connections_refused', 'connections-per-client'), 1)
  silent.end()
  await silent.atClose()
  const { shown } = await connectTls(t, https.port)
  assert.equal(shown, 'fallback.test 1')
})

test('who leaves in the handshake is gone at once', async (t) => {
  const { proxy, https } = await startTlsWorld(t)
  const client = await connectTo(t, https.port)
  client.end()
  await client.atEnd()
  assert.equal(proxy.sample('sluice_tls_handshakes', 'failed'), 1)
})

test('who speaks HTTP where TLS is expected is cut off', async (t) => {
  const { proxy, https } = await startTlsWorld(t)
  const client = await connectTo(t, https.port)
  client.send(get())
  await client.atEnd()
  await eventually('the count', () => proxy.sample('sluice_tls_handshakes', 'failed') === 1)
  assert.equal(proxy.log.length, 0)
})

test('the fallback vouches for nothing but itself', async (t) => {
  const { https } = await startTlsWorld(t)
  await assert.rejects(connectTls(t, https.port, { servername: 'a.test', ca: FALLBACK.chain }))
})
