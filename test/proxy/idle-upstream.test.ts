/** Idle upstream connections: kept, and given up as soon as something is wrong with them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, ok, post, startWorld } from './harness.ts'

test('a connection serves one request after the other, of any client', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const other = await proxy.connect()
  client.send(get('/1'))
  const connection = await backend.accept()
  for (const [asking, path] of [
    [client, '/1'],
    [other, '/2'],
    [client, '/3'],
  ] as const) {
    if (path !== '/1') asking.send(get(path))
    assert.equal((await connection.message()).start, `GET ${path} HTTP/1.1`)
    connection.send(ok(path))
    assert.equal((await asking.message()).body, path)
  }
  assert.equal(backend.connections.length, 1)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
})

test('one that the endpoint closes is replaced', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const first = await backend.accept()
  await first.message()
  first.send(ok('first'))
  await client.message()
  first.end()
  await eventually('no idle connection', () => proxy.sample('sluice_upstream_connections', 'idle') === 0)
  await first.atClose()
  client.send(post('hello'))
  const second = await backend.accept()
  assert.equal((await second.message()).body, 'hello')
  second.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
  assert.equal(proxy.log[1]?.attempts, 1)
})

/** Shorter than a tick of the deadlines. */
const RESTED_MS = 6

test('one whose end has arrived, and was not read yet, gets no request that could not be repeated', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { retries: 0 })
  for (let round = 0; round < 50; round++) {
    client.send(get('/idle'))
    const idle = backend.waiting ? await backend.accept() : (backend.connections.at(-1) ?? (await backend.accept()))
    await idle.message()
    idle.send(ok('idle'))
    await client.message()
    // Only what has rested is worth the wait.
    proxy.clock.advance(RESTED_MS)
    // Both are in the kernel before the proxy looks, and the request is the first that it sees.
    client.send(post('hello'))
    idle.end()
    const fresh = await backend.accept()
    assert.equal((await fresh.message()).body, 'hello')
    fresh.send(ok('fresh'))
    assert.equal((await client.message()).body, 'fresh')
  }
  assert.ok(proxy.log.every(({ fault, attempts }) => fault === undefined && attempts === 1))
})

test('one that the endpoint closes just as a request goes out is replaced, where the request may be repeated', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get('/1'))
  const first = await backend.accept()
  await first.message()
  first.send(ok('first'))
  await client.message()
  client.send(get('/2'))
  // The proxy has no way to know: its request and the end of the connection pass each other.
  await first.message()
  first.reset()
  const second = await backend.accept()
  assert.equal((await second.message()).start, 'GET /2 HTTP/1.1')
  second.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
  assert.deepEqual([proxy.log[1]?.attempts, proxy.log[1]?.fault], [2, undefined])
})

test('where all idle ones have died, the second attempt takes a new one', async (t) => {
  const { proxy, backend } = await startWorld(t)
  const clients = await Promise.all([proxy.connect(), proxy.connect()])
  for (const client of clients) client.send(get())
  const connections = [await backend.accept(), await backend.accept()]
  for (const connection of connections) connection.send(ok('x'))
  for (const client of clients) await client.message()
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 2)
  for (const connection of connections) {
    connection.text = ''
    connection.answer = () => {
      connection.reset()
      return ''
    }
  }
  clients[0]!.send(get('/again'))
  const third = await backend.accept()
  await third.message()
  third.send(ok('third'))
  assert.equal((await clients[0]!.message()).body, 'third')
  assert.equal(proxy.log.at(-1)?.attempts, 2)
})

test('bytes that nobody asked for condemn a connection: the next client gets its own answer', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get('/1'))
  const first = await backend.accept()
  await first.message()
  first.send(ok('first'))
  await client.message()
  first.send(ok('poison'))
  await first.atEnd()
  client.send(get('/2'))
  const second = await backend.accept()
  await second.message()
  second.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
})

test('bytes behind an answer condemn its connection, and reach nobody', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get('/1'))
  const first = await backend.accept()
  await first.message()
  first.send(ok('first'), ok('poison'))
  assert.equal((await client.message()).body, 'first')
  await first.atEnd()
  client.send(get('/2'))
  const second = await backend.accept()
  second.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
})

for (const [why, answer] of [
  ['announces its end', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx'],
  ['speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx'],
] as const) {
  test(`a connection that ${why} is not kept`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(get())
    const connection = await backend.accept()
    await connection.message()
    connection.send(answer)
    const { status, fields } = await client.message()
    assert.deepEqual([status, fields.get('connection')], [200, undefined])
    await connection.atEnd()
    assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
  })
}

test('no more are kept than the limit allows, and none longer than its time', async (t) => {
  const { proxy, backend } = await startWorld(t)
  proxy.settings({ limits: { idleUpstreamConnections: 2 }, timeouts: { upstreamIdleMs: 30_000 } }).apply()
  const clients = await Promise.all([proxy.connect(), proxy.connect(), proxy.connect()])
  for (const client of clients) client.send(get())
  const connections = [await backend.accept(), await backend.accept(), await backend.accept()]
  for (const connection of connections) connection.send(ok('x'))
  for (const client of clients) await client.message()
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 2)
  await eventually(
    'the third to be closed',
    () => connections.filter(({ closed, ended }) => closed || ended).length === 1,
  )
  proxy.clock.advance(29_000)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 2)
  proxy.clock.advance(1_500)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
})

test('what a cluster asks for holds for its connections, from the next one that waits', async (t) => {
  const { proxy, backend } = await startWorld(t)
  proxy.settings({ limits: { idleUpstreamConnections: 9 }, timeouts: { upstreamIdleMs: 60_000 } })
  proxy.connections({ maxIdle: 1, idleMs: 5_000 }).apply()
  const clients = await Promise.all([proxy.connect(), proxy.connect()])
  for (const client of clients) client.send(get())
  const connections = [await backend.accept(), await backend.accept()]
  for (const connection of connections) connection.send(ok('x'))
  for (const client of clients) await client.message()
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
  proxy.clock.advance(5_300)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
})
