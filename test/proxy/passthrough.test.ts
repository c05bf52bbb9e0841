/** TLS that is ended by the backend: who gets it, that bytes are as they were, and what happens where nobody is there. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import type { ClusterName } from '../../src/model/cluster.ts'
import type { PassthroughSpec } from '../../src/model/server-name.ts'
import { answering, Backend, eventually, get, NOBODY, ok, TestProxy } from './harness.ts'
import { connectTo, Peer } from './peer.ts'
import { certificateFor, connectTls, httpsSpec } from './tls-world.ts'

const OWN = certificateFor(['pass.test'])
const OURS = certificateFor(['ours.test'])
const CLUSTER = 'shop/secure:443' as ClusterName

/** `pass.test` and all of `*.pass.test` are the backend's, which ends TLS itself. */
async function startPassing(t: TestContext, { nobody = 0, backends = 1, proxyProtocol = 'off' }: Passing = {}) {
  const plain = await new Backend().listen(t)
  answering(plain)
  const secure = await Promise.all(
    Array.from({ length: backends }, () => new Backend({ cert: OWN.chain, key: OWN.key }).listen(t)),
  )
  answering(...secure)
  const https = await httpsSpec()
  const to: PassthroughSpec = { cluster: CLUSTER, connectMs: 5000, proxyProtocol }
  const proxy = new TestProxy(t)
    .route()
    .endpoints([plain])
    .endpoints([...Array.from({ length: nobody }, () => NOBODY), ...secure], CLUSTER)
    .certificate('shop/ours', OURS, 'ours.test')
    .serverName('pass.test', { certificates: [], passthrough: to })
    .serverName('*.pass.test', { certificates: [], passthrough: to })
  await proxy.apply().listen(https)
  return { proxy, plain, secure: secure[0]!, https }
}

interface Passing {
  readonly nobody?: number
  readonly backends?: number
  readonly proxyProtocol?: PassthroughSpec['proxyProtocol']
}

test('a client of the host is shown the certificate of the backend, others are not', async (t) => {
  const { proxy, secure, plain, https } = await startPassing(t)
  for (const servername of ['pass.test', 'www.pass.test', 'PASS.TEST']) {
    const client = await connectTls(t, https.port, { servername })
    assert.equal(client.shown, 'pass.test 1')
    client.send(get())
    assert.equal((await client.message()).body, secure.id)
    client.end()
    secure.connections.at(-1)!.end()
    await client.atEnd()
  }
  const other = await connectTls(t, https.port, { servername: 'ours.test' })
  assert.equal(other.shown, 'ours.test 1')
  other.send(get())
  assert.equal((await other.message()).body, plain.id)
  await eventually('all of them over', () => proxy.sample('sluice_relayed_connections', 'secure', 'served') === 3)
  assert.equal(proxy.sample('sluice_tls_handshakes', 'passed'), 3)
  await eventually('one connection left', () => proxy.plane.connections.total() === 1)
})

test('a request for the host by a connection that we ended TLS on is for another connection', async (t) => {
  const { proxy, https } = await startPassing(t)
  for (const servername of ['ours.test', '']) {
    const client = await connectTls(t, https.port, { servername })
    client.send('GET / HTTP/1.1\r\nHost: pass.test\r\n\r\n')
    assert.equal((await client.message()).status, 421)
  }
  assert.equal(proxy.log.at(-1)!.fault, 'misdirected')
})

test('large bodies pass both ways as they were, at the pace of the slower side', async (t) => {
  const { secure, https } = await startPassing(t)
  const body = 'pass'.repeat(4 * 1024 * 1024)
  const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')
  secure.answer = (request) => ok(digest(request.body) + body)
  const client = await connectTls(t, https.port, { servername: 'pass.test' })
  client.send(`POST / HTTP/1.1\r\nHost: pass.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  client.socket.pause()
  await eventually('an answer under way', () => secure.connections.length === 1)
  client.socket.resume()
  const answer = await client.message()
  assert.equal(answer.body.slice(0, 64), digest(body))
  assert.equal(digest(answer.body.slice(64)), digest(body))
})

test('an endpoint that cannot be reached is passed over, and nobody being there is seen as a broken connection', async (t) => {
  const { proxy, https } = await startPassing(t, { nobody: 1 })
  for (let i = 0; i < 4; i++) {
    assert.equal((await connectTls(t, https.port, { servername: 'pass.test' })).shown, 'pass.test 1')
  }
  proxy.endpoints([NOBODY], CLUSTER).apply()
  await assert.rejects(connectTls(t, https.port, { servername: 'pass.test' }), /ECONNRESET|closed/)
  proxy.endpoints([], CLUSTER).apply()
  await assert.rejects(connectTls(t, https.port, { servername: 'pass.test' }), /ECONNRESET|closed/)
  await eventually('one that found nobody', () => proxy.sample('sluice_relayed_connections', 'no-endpoint') === 1)
  assert.equal(proxy.sample('sluice_relayed_connections', 'unreachable'), 1)
})

test('an end on one side is passed on to the other, and what was sent before it arrives', async (t) => {
  const { secure, https } = await startPassing(t)
  secure.answer = () => `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${'x'.repeat(1_000_000)}`
  const client = await connectTls(t, https.port, { servername: 'pass.test' })
  client.send(get())
  await eventually('a connection', () => secure.connections.length === 1)
  client.end()
  await eventually('the end at the backend', () => secure.connections[0]!.ended)
  secure.connections[0]!.end()
  await client.atEnd()
  assert.equal(client.text.length, 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'.length + 1_000_000)
})

test('a break on one side is a break for the other', async (t) => {
  const { proxy, https } = await startPassing(t)
  const raw = await new Backend().listen(t)
  proxy.endpoints([raw], CLUSTER).apply()
  const socket = connect({ host: '127.0.0.1', port: https.port, servername: 'pass.test' }).on('error', () => {})
  const witness = await raw.accept()
  await eventually('a hello', () => witness.text.length > 200)
  socket.destroy()
  const dial = async () => {
    const client = await connectTo(t, https.port)
    client.send(witness.text)
    const endpoint = await raw.accept()
    await endpoint.take(witness.text)
    return { client, endpoint }
  }
  const first = await dial()
  first.client.reset()
  await first.endpoint.atClose()
  const second = await dial()
  second.endpoint.reset()
  await second.client.atClose()
  assert.deepEqual([first.endpoint.error, second.client.error], ['ECONNRESET', 'ECONNRESET'])
})

for (const [version, expected] of [
  ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ 443\r\n\x16\x03/],
  ['v2', /^\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01..\x01\xbb\x16\x03/s],
] as const) {
  test(`the endpoint is told of the client by the PROXY protocol, ${version}`, async (t) => {
    const { proxy, https } = await startPassing(t, { proxyProtocol: version })
    const raw = await new Backend().listen(t)
    proxy.endpoints([raw], CLUSTER).apply()
    const socket = connect({ host: '127.0.0.1', port: https.port, servername: 'pass.test' })
    socket.on('error', () => {})
    t.after(() => socket.destroy())
    const peer = await raw.accept()
    await eventually('a hello', () => peer.text.length > 200)
    assert.match(peer.text, expected)
  })
}

test('what a load balancer said of the client is said to the endpoint', async (t) => {
  const { proxy, https } = await startPassing(t, { proxyProtocol: 'v1' })
  const raw = await new Backend().listen(t)
  proxy
    .settings({ proxyProtocol: { mode: 'required', from: [] } })
    .endpoints([raw], CLUSTER)
    .apply()
  const balancer = await connectTo(t, https.port)
  balancer.send('PROXY TCP4 203.0.113.9 10.0.0.1 5000 8443\r\n')
  const socket = connect({ socket: balancer.socket, servername: 'pass.test' })
  socket.on('error', () => {})
  t.after(() => socket.destroy())
  const peer = await raw.accept()
  await eventually('a header', () => peer.text.includes('\r\n'))
  assert.match(peer.text, /^PROXY TCP4 203\.0\.113\.9 \S+ \d+ 8443\r\n/)
})

test('a silence and the end of the proxy end it', async (t) => {
  const { proxy, https } = await startPassing(t)
  const silent = await connectTls(t, https.port, { servername: 'pass.test' })
  proxy.clock.advance(3_599_000)
  assert.equal(silent.closed, false)
  proxy.clock.advance(2_000)
  await silent.atEnd()
  const busy = await connectTls(t, https.port, { servername: 'pass.test' })
  const drained = proxy.plane.drain(10_000)
  proxy.clock.advance(1_000)
  busy.send(get())
  assert.equal((await busy.message()).status, 200, 'it has time')
  proxy.clock.advance(9_500)
  await busy.atEnd()
  await drained
})

test('a client that leaves in its hello leaves nothing behind', async (t) => {
  const { proxy, https } = await startPassing(t)
  const client = await connectTo(t, https.port)
  client.send('\x16\x03\x01\x02\x00')
  await eventually('a connection', () => proxy.plane.connections.total() === 1)
  client.reset()
  await eventually('none', () => proxy.plane.connections.total() === 0)
  assert.ok(client instanceof Peer)
})
