/** TLS to endpoints: whom they are taken for, what we show them, how a handshake is made short, and how it fails. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { type KeyedCertificate, selfSigned } from '../../src/lib/self-signed.ts'
import type { CertificateName } from '../../src/model/certificate.ts'
import type { UpstreamTlsSpec } from '../../src/model/cluster.ts'
import { answering, Backend, eventually, get, ok, type Peer, post, type RouteOptions, TestProxy } from './harness.ts'
import { certificateFor } from './tls-world.ts'

const NAME = 'web.shop.svc'
const GOOD = certificateFor([NAME])
const TRUSTED = { serverName: NAME, trust: { ca: GOOD.chain } } as const
const ANYBODY = { serverName: NAME, trust: 'anybody' } as const

interface World {
  readonly tls: UpstreamTlsSpec
  readonly shown?: KeyedCertificate
  readonly server?: TlsOptions
  readonly route?: RouteOptions
}

async function startEncrypted(t: TestContext, { tls, shown = GOOD, server, route }: World) {
  const backend = await new Backend({ cert: shown.chain, key: shown.key, ...server }).listen(t)
  const proxy = new TestProxy(t)
    .route({ retries: 0, ...route })
    .endpoints([backend])
    .cluster({ protocol: 'http/1.1', tls })
  await proxy.apply().listen()
  return { backend, proxy, client: await proxy.connect() }
}

const socketOf = (peer: Peer) => peer.socket as TLSSocket

test('an endpoint with a certificate of the authority, for the name, is served by TLS, and asked for that name', async (t) => {
  const { backend, client } = await startEncrypted(t, { tls: TRUSTED, server: { ALPNProtocols: ['h2', 'http/1.1'] } })
  client.send(post('hello'))
  const endpoint = await backend.accept()
  const request = await endpoint.message()
  assert.equal(request.body, 'hello')
  const { servername, alpnProtocol } = socketOf(endpoint) as TLSSocket & { servername: string }
  assert.deepEqual([servername, alpnProtocol], [NAME, 'http/1.1'])
  endpoint.send(ok('hi'))
  assert.equal((await client.message()).body, 'hi')
})

test('connections are used again, and large bodies pass both ways', async (t) => {
  const { backend, client } = await startEncrypted(t, { tls: TRUSTED })
  const large = 'x'.repeat(3_000_000)
  backend.answer = ({ body }) => ok(body)
  for (let round = 0; round < 3; round++) {
    client.send(post(large))
    assert.equal((await client.message()).body, large)
  }
  assert.equal(backend.connections.length, 1)
})

for (const [what, tls, shown, fault] of [
  ['of another authority', { serverName: NAME, trust: { ca: certificateFor([NAME], 2).chain } }, GOOD, 'tls-untrusted'],
  ['of no authority that is known', { serverName: NAME, trust: 'system' }, GOOD, 'tls-untrusted'],
  ['for another name', { ...TRUSTED, serverName: 'other.shop.svc' }, GOOD, 'tls-wrong-name'],
  ['that has expired', undefined, selfSigned({ commonName: NAME, names: [NAME], from: 0, until: 1000 }), 'tls-expired'],
] as const) {
  test(`a certificate ${what} is a fault, and no byte of the request is sent`, async (t) => {
    const verified = tls ?? { serverName: NAME, trust: { ca: shown.chain } }
    const { backend, client, proxy } = await startEncrypted(t, { tls: verified, shown })
    client.send(post('secret'))
    assert.equal((await client.message()).status, 502)
    assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.attempts], [fault, 1])
    assert.ok(backend.connections.every(({ received }) => received === 0))
  })

  test(`a certificate ${what} is good enough where nobody is asked for`, async (t) => {
    const { backend, client } = await startEncrypted(t, { tls: ANYBODY, shown })
    answering(backend)
    client.send(get())
    assert.equal((await client.message()).status, 200)
  })
}

test('an endpoint that speaks no TLS, or none that we take, is a fault of the handshake', async (t) => {
  const plain = await new Backend().listen(t)
  plain.onConnection = (peer) => peer.send('HTTP/1.1 400 Bad Request\r\n\r\n')
  const closing = await new Backend().listen(t)
  closing.onConnection = (peer) => peer.reset()
  const old = await new Backend({ cert: GOOD.chain, key: GOOD.key, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }).listen(
    t,
  )
  for (const backend of [plain, closing, old]) {
    const proxy = new TestProxy(t).route({ retries: 0 }).endpoints([backend]).cluster({ tls: ANYBODY })
    await proxy.apply().listen()
    const client = await proxy.connect()
    client.send(get())
    assert.equal((await client.message()).status, 502)
    assert.equal(proxy.log[0]?.fault, 'tls-handshake')
  }
})

test('a handshake that never ends is over at the deadline of the connection', async (t) => {
  const silent = await new Backend().listen(t)
  const proxy = new TestProxy(t).route({ retries: 0, timeouts: { connectMs: 1000 } }).endpoints([silent])
  await proxy.cluster({ tls: ANYBODY }).apply().listen()
  const client = await proxy.connect()
  client.send(get())
  await silent.accept()
  proxy.clock.advance(1300)
  assert.equal((await client.message()).status, 504)
  assert.equal(proxy.log[0]?.fault, 'connect-timeout')
})

test('what fails in the handshake is tried elsewhere, whatever the method', async (t) => {
  const wrong = await new Backend({ ...pairOf(certificateFor(['other.test'])) }).listen(t)
  const right = await new Backend({ ...pairOf(GOOD) }).listen(t)
  answering(right)
  const proxy = new TestProxy(t).route({ retries: 1 }).endpoints([wrong, right]).cluster({ tls: TRUSTED })
  await proxy.apply().listen()
  for (let round = 0; round < 4; round++) {
    const client = await proxy.connect()
    client.send(post('once'))
    assert.equal((await client.message()).status, 200)
  }
})

test('a later connection resumes the session of the endpoint', async (t) => {
  const { backend, proxy, client } = await startEncrypted(t, { tls: TRUSTED })
  const other = await proxy.connect()
  client.send(get('/1'))
  const first = await backend.accept()
  await first.message()
  first.send(ok('1'))
  await client.message()
  client.send(get('/2'))
  await first.message()
  other.send(get('/3'))
  const second = await backend.accept()
  await second.message()
  assert.deepEqual([socketOf(first).isSessionReused(), socketOf(second).isSessionReused()], [false, true])
})

test('the client certificate is shown; after a rotation new connections show the new one, and requests finish', async (t) => {
  const server = { requestCert: true, rejectUnauthorized: false }
  const before = certificateFor(['proxy.test'], 1)
  const after = certificateFor(['proxy.test'], 2)
  const client = (fingerprint: string) => ({ certificate: 'shop/client' as CertificateName, fingerprint })
  const { backend, proxy, client: user } = await startEncrypted(t, { tls: { ...TRUSTED, client: client('1') }, server })
  proxy.certificate('shop/client', before).apply()
  const idle = await proxy.connect()
  idle.send(get('/idle'))
  const first = await backend.accept()
  await first.message()
  user.send(get('/busy'))
  const second = await backend.accept()
  await second.message()
  first.send(ok('idle'))
  await idle.message()
  assert.equal(socketOf(first).getPeerCertificate().subject.CN, 'proxy.test 1')

  proxy
    .certificate('shop/client', after)
    .cluster({ tls: { ...TRUSTED, client: client('2') } })
    .apply()
  await first.atEnd()
  second.send(ok('finished'))
  assert.equal((await user.message()).body, 'finished')
  user.send(get('/new'))
  const third = await backend.accept()
  await third.message()
  assert.equal(socketOf(third).getPeerCertificate().subject.CN, 'proxy.test 2')
  await eventually('the end of the old connection', () => second.ended || second.closed)
})

test('a Service that begins to speak TLS, and ends doing so, is served on', async (t) => {
  const plain = await new Backend().listen(t)
  const encrypted = await new Backend(pairOf(GOOD)).listen(t)
  answering(plain, encrypted)
  const proxy = new TestProxy(t).route().endpoints([plain]).cluster({})
  await proxy.apply().listen()
  const client = await proxy.connect()
  for (const [backend, tls] of [[plain], [encrypted, TRUSTED], [plain]] as const) {
    proxy
      .endpoints([backend])
      .cluster(tls === undefined ? {} : { tls })
      .apply()
    client.send(get())
    assert.equal((await client.message()).body, backend.id)
  }
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
})

function pairOf({ chain, key }: KeyedCertificate): TlsOptions {
  return { cert: chain, key }
}
