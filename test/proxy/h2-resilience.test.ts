/** Further attempts, bodies that are kept, and limits: over HTTP/2 on either side as over HTTP/1.1. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Stream, connect, constants, type ServerHttp2Stream } from 'node:http2'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { NO_LIMITS } from '../../src/model/cluster.ts'
import { bodyOf, H2Backend } from './h2-backend.ts'
import { acceptAny, eventually, get, ok, type RouteOptions, startWorld, TestProxy } from './harness.ts'

async function startH2(t: TestContext, route: RouteOptions = {}) {
  const backend = await new H2Backend({}).listen(t)
  const proxy = new TestProxy(t).route(route).endpoints([backend]).cluster({ protocol: 'h2' }).apply()
  await proxy.listen()
  return { backend, proxy, client: await proxy.connect() }
}

test('an answer of a status that is retried is cut off, and its client gets the next one', async (t) => {
  const { backend, client, proxy } = await startH2(t, { retry: { statuses: [503] } })
  const streams: ServerHttp2Stream[] = []
  backend.handler = (stream) => {
    stream.on('error', () => {})
    streams.push(stream)
    stream.respond({ ':status': streams.length === 1 ? 503 : 200 })
    if (streams.length === 1) stream.write('a part of it')
    else stream.end('fine')
  }
  client.send(get())
  const { status, body } = await client.message()
  assert.deepEqual([status, body, proxy.log[0]?.attempts], [200, 'fine', 2])
  await eventually('the end of the first', () => streams[0]?.destroyed === true)
})

test('a body that is kept is sent again where the stream is reset', async (t) => {
  const { backend, client, proxy } = await startH2(t)
  const bodies: string[] = []
  backend.handler = async (stream) => {
    stream.on('error', () => {})
    bodies.push(String(await bodyOf(stream)))
    if (bodies.length === 1) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    else {
      stream.respond({ ':status': 200 })
      stream.end('done')
    }
  }
  client.send('PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n0123456789')
  assert.equal((await client.message()).body, 'done')
  assert.deepEqual([bodies, proxy.log[0]?.attempts], [['0123456789', '0123456789'], 2])
})

test('no more streams are under way than may be', async (t) => {
  const { backend, proxy } = await startH2(t)
  proxy.cluster({ protocol: 'h2', limits: { ...NO_LIMITS, requests: 2, pending: 100, pendingMs: 60_000 } }).apply()
  const held: ServerHttp2Stream[] = []
  backend.handler = (stream) => void held.push(stream)
  const clients = await Promise.all(Array.from({ length: 6 }, () => proxy.connect()))
  for (const client of clients) client.send(get())
  const waiting = (n: number) => eventually(`${n} to wait`, () => proxy.sample('sluice_service_requests_waiting') === n)
  for (const left of [4, 3, 2, 1, 0]) {
    await waiting(left)
    await eventually('two streams', () => held.length === 2)
    const stream = held.shift()!
    stream.respond({ ':status': 200 })
    stream.end('x')
  }
  await eventually('the last one', () => held.length === 1)
  held[0]!.respond({ ':status': 200 })
  held[0]!.end('x')
  for (const client of clients) assert.equal((await client.message()).status, 200)
})

test('a limit of connections is one of connections: requests share them, and wait for room there', async (t) => {
  const backend = await new H2Backend({ settings: { maxConcurrentStreams: 1 } }).listen(t)
  const limits = { ...NO_LIMITS, connectionsPerEndpoint: 2 }
  const proxy = new TestProxy(t).route().endpoints([backend]).cluster({ protocol: 'h2', limits }).apply()
  await proxy.listen()
  const held: ServerHttp2Stream[] = []
  backend.handler = (stream) => void held.push(stream)
  const clients = await Promise.all(Array.from({ length: 5 }, () => proxy.connect()))
  for (const client of clients) client.send(get())
  for (let answered = 0; answered < clients.length; answered++) {
    const stream = await eventually('a stream', () => held.shift())
    stream.respond({ ':status': 200 })
    stream.end('x')
  }
  for (const client of clients) assert.equal((await client.message()).status, 200)
  assert.equal(backend.sessions.length, 2)
})

/** A client that speaks HTTP/2. */
async function h2Client(t: TestContext, port: number) {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  t.after(() => session.destroy())
  const answerOf = async (stream: ClientHttp2Stream) => {
    const [headers] = await once(stream, 'response')
    return {
      status: headers[':status'] as number,
      retryAfter: headers['retry-after'],
      body: await text(stream),
    }
  }
  return { session, answerOf }
}

test('the body of a client that speaks HTTP/2 is kept for another endpoint as well', async (t) => {
  const { proxy, backends } = await startWorld(t, { backends: 2 })
  const { session, answerOf } = await h2Client(t, proxy.port)
  const stream = session.request({ ':method': 'PUT', ':path': '/x', ':authority': 'a.test' })
  stream.write('01234')
  const first = await acceptAny(backends)
  await first.peer.take('01234')
  first.peer.reset()
  const second = await acceptAny(backends)
  await second.peer.take('01234')
  stream.end('56789')
  await second.peer.take('56789')
  await second.peer.take('0\r\n\r\n')
  second.peer.send(ok('done'))
  assert.equal((await answerOf(stream)).body, 'done')
})

test('streams of one client wait, are turned away and served one by one', async (t) => {
  const { proxy, backend } = await startWorld(t)
  proxy.cluster({ limits: { ...NO_LIMITS, requests: 1, pending: 1, pendingMs: 60_000 } }).apply()
  const { session, answerOf } = await h2Client(t, proxy.port)
  const streams = ['/1', '/2', '/3'].map((path) => session.request({ ':path': path, ':authority': 'a.test' }))
  const answers = streams.map(answerOf)
  const { status, retryAfter } = await answers[2]!
  assert.deepEqual([status, retryAfter], [503, '1'])
  const connection = await backend.accept()
  for (const n of [0, 1]) {
    await connection.message()
    connection.send(ok(`${n}`))
    assert.equal((await answers[n]!).body, `${n}`)
  }
})
