/** How connections of HTTP/2 end: asked to, in two steps and without losing a request, or because time ran out. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PREFACE } from '../../src/proxy/http2/preface.ts'
import { H2Client, overBoth, startH2World } from './h2-client.ts'
import { answering, eventually, get, ok, turn } from './harness.ts'
import { connectTls, startTlsWorld } from './tls-world.ts'

const EVERYTHING = 2 ** 31 - 1

overBoth('a drain says so twice, and what is under way finishes', async ({ proxy, backend, client }) => {
  const answer = client.ask()
  const peer = await backend.accept()
  await peer.message()
  const drained = proxy.plane.drain(30_000)
  await eventually('two GOAWAY', () => client.goaways.length === 2)
  assert.deepEqual(
    client.goaways.map(({ code, lastStream }) => [code, lastStream]),
    [
      [0, EVERYTHING],
      [0, 1],
    ],
  )
  peer.send(ok('last'))
  assert.equal((await answer.whole()).body, 'last')
  await drained
  await eventually('the end', () => client.closed)
})

overBoth('an idle connection ends with a drain', async ({ proxy, client }) => {
  await proxy.plane.drain(30_000)
  await eventually('the end', () => client.closed)
  assert.equal(client.goaways.at(-1)?.code, 0)
})

overBoth('a proxy that retires says so with its answers', async ({ proxy, backend, client }) => {
  backend.answer = () => ok('fine')
  await client.ask().whole()
  proxy.plane.retire()
  await turn()
  assert.equal(client.goaways.length, 0)
  const answer = client.ask()
  assert.equal((await answer.whole()).body, 'fine')
  await eventually('the end', () => client.closed)
  assert.equal(client.goaways[0]?.code, 0)
})

overBoth('what does not finish within a drain is cut', async ({ proxy, backend, client }) => {
  const answer = client.ask()
  const peer = await backend.accept()
  await peer.message()
  const drained = proxy.plane.drain(10_000)
  proxy.clock.advance(11_000)
  await drained
  await eventually('an end', () => answer.closed)
  assert.equal(proxy.log[0]!.fault, 'shutting-down')
})

overBoth('a connection without a request for long ends', async ({ proxy, backend, client }) => {
  backend.answer = () => ok('fine')
  await client.ask().whole()
  for (let s = 0; s < 80; s++) proxy.clock.advance(1_000)
  await eventually('the end', () => client.closed)
  assert.equal(client.goaways[0]?.code, 0)
})

overBoth('an old connection is asked to end, and what is under way finishes', async (world, t) => {
  const { proxy, backend, origin } = world
  proxy.settings({ http2: { enabled: true, maxStreams: 100, maxAgeMs: 30_000 } }).apply()
  const client = await H2Client.connect(t, origin)
  const answer = client.ask()
  const peer = await backend.accept()
  await peer.message()
  for (let s = 0; s < 32; s++) proxy.clock.advance(1_000)
  await eventually('GOAWAY', () => client.goaways.length > 0)
  peer.send(ok('fine'))
  assert.equal((await answer.whole()).body, 'fine')
  proxy.clock.advance(1_500)
  await eventually('the end', () => client.closed)
  assert.equal(client.goaways[0]?.code, 0)
})

test('what is not read for long is cut', async (t) => {
  const { proxy, backend, client } = await startH2World(t, 'TCP')
  const answer = client.ask()
  answer.stream.pause()
  const peer = await backend.accept()
  await peer.message()
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n${'x'.repeat(9_000_000)}`)
  await answer.head()
  for (let s = 0; s < 65; s++) proxy.clock.advance(1_000)
  await eventually('an end', () => answer.closed)
  await eventually('a log line', () => proxy.log.length === 1)
  assert.equal(proxy.log[0]!.fault, 'client-stalled')
})

test('switched off, the port for HTTP takes no preface, and TLS agrees on HTTP/1.1', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t)
  answering(backend)
  proxy.settings({ http2: { enabled: false, maxStreams: 100, maxAgeMs: 0 } }).apply()
  const plain = await proxy.connect()
  plain.send('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  assert.equal((await plain.message()).status, 505)
  const secure = await connectTls(t, https.port, { ALPNProtocols: ['h2', 'http/1.1'] })
  assert.equal(secure.socket.alpnProtocol, 'http/1.1')
  secure.send(get())
  assert.equal((await secure.message()).status, 200)
})

test('the preface counts however it is cut, at the beginning of a connection alone', async (t) => {
  const { proxy, backend } = await startTlsWorld(t)
  answering(backend)
  const preface = PREFACE.toString('latin1')
  const cut = await proxy.connect()
  for (const letter of `${preface}\0\0\0\x04\0\0\0\0\0`) {
    cut.send(letter)
    await turn()
  }
  // Our SETTINGS, and the acknowledgement of theirs.
  await cut.take('\0\0\0\x04\x01\0\0\0\0')
  const late = await proxy.connect()
  late.send(get())
  await late.message()
  late.send(preface)
  assert.equal((await late.message()).status, 505)
})
