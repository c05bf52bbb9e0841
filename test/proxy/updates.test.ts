/** Updates while traffic runs: what was chosen stays, what comes next goes by the new state, from the same turn on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptAny, answering, Backend, eventually, get, ok, type Peer, startWorld, TestProxy } from './harness.ts'

async function inFlight(client: Peer, backend: Backend): Promise<Peer> {
  client.send(get('/slow'))
  const connection = await backend.accept()
  await connection.message()
  return connection
}

for (const change of ['removed', 'draining'] as const) {
  test(`an endpoint that is ${change} finishes what it has and gets nothing new`, async (t) => {
    const [old, fresh] = [await new Backend().listen(t), await new Backend().listen(t)]
    const proxy = await new TestProxy(t).route().endpoints([old]).apply().listen()
    const [waiting, idle, other] = [await proxy.connect(), await proxy.connect(), await proxy.connect()]
    idle.send(get())
    const idleConnection = await old.accept()
    await idleConnection.message()
    const slow = await inFlight(waiting, old)
    idleConnection.send(ok('idle'))
    await idle.message()

    const leaving = change === 'removed' ? [] : [{ address: old.address, port: old.port, state: 'draining' as const }]
    proxy.endpoints([fresh, ...leaving]).apply()
    for (const client of [idle, other]) client.send(get('/new'))
    assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0, 'idle connections close at once')
    answering(fresh)
    for (const client of [idle, other]) assert.equal((await client.message()).body, fresh.id)
    await idleConnection.atEnd()

    slow.send(ok('finished'))
    assert.equal((await waiting.message()).body, 'finished')
    await slow.atEnd()
    assert.equal(old.connections.length, 2)
    waiting.send(get('/new'))
    assert.equal((await waiting.message()).body, fresh.id)
  })
}

test('a hundred requests in flight to an endpoint that leaves all complete', async (t) => {
  const { proxy, backend } = await startWorld(t)
  const clients = await Promise.all(Array.from({ length: 100 }, () => proxy.connect()))
  for (const client of clients) client.send(get())
  await eventually('all of them', () => backend.connections.filter(({ text }) => text !== '').length === 100)
  proxy.endpoints([]).apply()
  for (const connection of backend.connections) connection.send(ok('done'))
  for (const client of clients) assert.equal((await client.message()).body, 'done')
  for (const connection of backend.connections) await connection.atEnd()
  assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 0)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
})

test('an endpoint that comes back is used again', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  for (const present of [true, false, true]) {
    proxy.endpoints(present ? [backend] : []).apply()
    client.send(get())
    assert.equal((await client.message()).status, present ? 200 : 503)
  }
  assert.equal(proxy.log[1]?.fault, 'no-endpoint')
})

test('a retry does not go back to an endpoint that left meanwhile', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2 })
  client.send(get())
  const { backend, peer } = await acceptAny(backends)
  await peer.message()
  proxy.endpoints(backends.filter((other) => other !== backend)).apply()
  peer.reset()
  const second = await acceptAny(backends)
  assert.notEqual(second.backend, backend)
  second.peer.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
})

test('an update between two requests of one connection holds for the second', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  const other = await new Backend().listen(t)
  answering(other)
  client.send(get())
  assert.equal((await client.message()).body, backend.id)
  proxy.route({ cluster: 'shop/other:80' }).endpoints([other], 'shop/other:80').apply()
  client.send(get())
  assert.equal((await client.message()).body, other.id)
  proxy.unroute('*').apply()
  client.send(get())
  assert.equal((await client.message()).status, 404)
  proxy.route({ host: 'a.test', cluster: 'shop/other:80' }).apply()
  client.send(get())
  assert.equal((await client.message()).body, other.id)
})

test('each request of a connection is judged by its own host', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  proxy.unroute('*').route({ host: 'a.test' }).apply()
  for (const [host, status] of [
    ['a.test', 200],
    ['b.test', 404],
    ['A.Test.:80', 200],
    ['sub.a.test', 404],
  ] as const) {
    client.send(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    assert.equal((await client.message()).status, status, host)
  }
})

test('a request that was routed before its route went is answered, and counted once', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  proxy.unroute('*').endpoints([]).apply()
  connection.send(ok('still'))
  assert.equal((await client.message()).body, 'still')
  assert.equal(proxy.log.length, 1)
  assert.equal(proxy.sample('sluice_requests'), undefined, 'series die with their route')
})

test('new settings hold for the next request', async (t) => {
  const { proxy, client } = await startWorld(t)
  proxy
    .unroute('*')
    .settings({ limits: { headerFields: 3 } })
    .apply()
  client.send(get('/', 'A: 1', 'B: 2', 'C: 3'))
  assert.equal((await client.message()).status, 431)
})
