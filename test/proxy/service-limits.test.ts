/** A service gets no more at a time than it may: the rest waits, in order and for a while, or is told to come back. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { LimitsSpec } from '../../src/model/cluster.ts'
import { Backend, eventually, get, ok, type Peer, post, settled, TestProxy } from './harness.ts'

const LIMITS: LimitsSpec = { requests: 1, requestsPerEndpoint: 0, pending: 10, pendingMs: 1_000 }

async function setUp(t: TestContext, limits: Partial<LimitsSpec>, count = 1) {
  const backends = await Promise.all(Array.from({ length: count }, () => new Backend().listen(t)))
  const proxy = new TestProxy(t).route().endpoints(backends)
  await proxy
    .cluster({ limits: { ...LIMITS, ...limits } })
    .apply()
    .listen()
  /** Sends a request on a connection of its own. */
  const ask = async (request: string) => {
    const client = await proxy.connect()
    client.send(request)
    return client
  }
  const waiting = (n: number) =>
    eventually(`${n} that wait`, () => proxy.sample('sluice_service_requests_waiting') === n)
  return { proxy, backends, backend: backends[0]!, ask, waiting }
}

const pathOf = (start: string) => start.split(' ')[1]

test('requests wait for room, the oldest gets it, and the connection of the one before it', async (t) => {
  const { backend, ask, waiting, proxy } = await setUp(t, {})
  const clients: Peer[] = [await ask(get('/0'))]
  const connection = await backend.accept()
  for (const n of [1, 2]) {
    clients.push(await ask(get(`/${n}`)))
    await waiting(n)
  }
  for (const [n, client] of clients.entries()) {
    assert.equal(pathOf((await connection.message()).start), `/${n}`)
    connection.send(ok(`${n}`))
    assert.equal((await client.message()).body, `${n}`)
  }
  assert.equal(backend.connections.length, 1)
  assert.equal(proxy.sample('sluice_service_requests_waited'), 2)
  assert.equal(proxy.sample('sluice_service_requests_waiting'), 0)
})

test('a body stays with its client while its request waits, and arrives whole', async (t) => {
  const { backend, ask, waiting } = await setUp(t, {})
  const first = await ask(get('/0'))
  const connection = await backend.accept()
  await connection.message()
  const second = await ask(post('x'.repeat(100_000)))
  await waiting(1)
  connection.send(ok(''))
  await first.message()
  assert.equal((await connection.message()).body.length, 100_000)
  connection.send(ok('thanks'))
  assert.equal((await second.message()).body, 'thanks')
})

test('where too many wait, and where one has waited for too long, clients are told to come back', async (t) => {
  const { backend, ask, waiting, proxy } = await setUp(t, { pending: 1 })
  await ask(get('/0'))
  await (await backend.accept()).message()
  const late = await ask(get('/1'))
  await waiting(1)
  const turnedAway = await (await ask(get('/2'))).message()
  assert.deepEqual([turnedAway.status, turnedAway.fields.get('retry-after')], [503, '1'])
  proxy.clock.advance(1_100)
  const answer = await late.message()
  assert.deepEqual([answer.status, answer.fields.get('retry-after')], [503, '1'])
  assert.deepEqual(
    proxy.log.map(({ fault }) => fault),
    ['service-overloaded', 'queue-timeout'],
  )
  assert.equal(proxy.sample('sluice_service_requests_refused', 'queue-timeout'), 1)
  assert.equal(proxy.sample('sluice_service_requests_refused', 'service-overloaded'), 1)
})

test('a client that leaves is not waited for', async (t) => {
  const { backend, ask, waiting, proxy } = await setUp(t, {})
  const first = await ask(get('/0'))
  const connection = await backend.accept()
  await connection.message()
  const gone = await ask(get('/gone'))
  await waiting(1)
  gone.reset()
  await waiting(0)
  connection.send(ok(''))
  await first.message()
  assert.equal(await settled(() => connection.text.length), 0)
  assert.equal(proxy.log.find(({ path }) => path === '/gone')?.status, 499)
})

test('an endpoint that has all it may is passed over for one that has not', async (t) => {
  const { backends, ask, waiting } = await setUp(t, { requests: 0, requestsPerEndpoint: 1 }, 3)
  for (let n = 0; n < 3; n++) await ask(get())
  for (const backend of backends) await (await backend.accept()).message()
  await ask(get('/fourth'))
  await waiting(1)
  const [, free] = backends
  free!.connections[0]!.send(ok(''))
  assert.equal(pathOf((await free!.connections[0]!.message()).start), '/fourth')
})

test('an endpoint that comes takes over who waits, and so does a limit that is lifted', async (t) => {
  const { proxy, backend, ask, waiting } = await setUp(t, { requests: 0, requestsPerEndpoint: 1 })
  await ask(get('/0'))
  await (await backend.accept()).message()
  await ask(get('/1'))
  await waiting(1)
  const second = await new Backend().listen(t)
  proxy.endpoints([backend, second]).apply()
  assert.equal(pathOf((await (await second.accept()).message()).start), '/1')
  await ask(get('/2'))
  await waiting(1)
  proxy.cluster({}).apply()
  await waiting(0)
})

test('a WebSocket takes a place for as long as it is there', async (t) => {
  const { backend, ask, waiting } = await setUp(t, {})
  const socket = await ask(get('/ws', 'Connection: Upgrade', 'Upgrade: websocket'))
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  await socket.take('\r\n\r\n')
  await ask(get('/next'))
  await waiting(1)
  socket.reset()
  assert.equal(pathOf((await (await backend.accept()).message()).start), '/next')
})

test('over HTTP/1.1 a limit of connections is one of requests', async (t) => {
  const { backend, ask, waiting } = await setUp(t, { requests: 0, connectionsPerEndpoint: 2 })
  for (let n = 0; n < 3; n++) await ask(get(`/${n}`))
  await waiting(1)
  assert.equal(await settled(() => backend.connections.length), 2)
})
