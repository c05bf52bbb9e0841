/** Retiring and draining: nothing that runs is cut before the deadline, nothing new is taken on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, type Backend, eventually, get, ok, type Peer, startWorld } from './harness.ts'

/** An idle connection ends within this time. */
const LAST_CALL_MS = 800

async function inFlight(client: Peer, backend: Backend): Promise<Peer> {
  client.send(get('/slow'))
  const connection = await backend.accept()
  await connection.message()
  return connection
}

test('retire: busy connections end after their answer, idle ones after one more, new ones are served once', async (t) => {
  const { proxy, backend, client: busy } = await startWorld(t)
  const connection = await inFlight(busy, backend)
  const idle = await proxy.connect()
  await eventually('both', () => proxy.sample('sluice_connections', 'idle') === 1)
  proxy.plane.retire()
  proxy.clock.advance(LAST_CALL_MS)
  connection.send(ok('finished'))
  const answer = await busy.message()
  assert.deepEqual([answer.body, answer.fields.get('connection')], ['finished', 'close'])
  await busy.atEnd()

  for (const late of [idle, await proxy.connect()]) {
    late.send(get('/late'))
    await connection.message()
    connection.send(ok('late'))
    const last = await late.message()
    assert.deepEqual([last.body, last.fields.get('connection')], ['late', 'close'])
    await late.atEnd()
  }
  assert.deepEqual(
    proxy.log.map(({ fault }) => fault),
    [undefined, undefined, undefined],
  )
})

test('drain: a connection that stayed idle all the while ends', async (t) => {
  const { proxy, client } = await startWorld(t)
  await eventually('one', () => proxy.sample('sluice_connections', 'idle') === 1)
  proxy.plane.retire()
  const drained = proxy.plane.drain(30_000)
  proxy.clock.advance(LAST_CALL_MS)
  await client.atEnd()
  await drained
})

test('drain: an answer whose head had left already is completed, then its connection ends', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  assert.doesNotMatch(await client.take('hello'), /close/)
  const drained = proxy.plane.drain(30_000)
  connection.send('world')
  await client.take('world')
  proxy.clock.advance(LAST_CALL_MS)
  await client.atEnd()
  await drained
})

test('retire: a request that is on its way while its connection was idle is still served', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  client.send(get())
  await client.message()
  const fresh = await proxy.connect()
  await eventually('both', () => proxy.sample('sluice_connections', 'idle') === 2)
  for (const peer of [client, fresh]) peer.send(get())
  // In the same turn: the requests are on the wire, but nobody has read them.
  const drained = proxy.plane.drain(30_000)
  for (const peer of [client, fresh]) {
    const { body, fields } = await peer.message()
    assert.deepEqual([body, fields.get('connection')], [backend.id, 'close'])
    peer.end()
  }
  await drained
})

test('retire: a client that goes on after an answer whose head had left already is served once more', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await client.take('hello')
  proxy.plane.retire()
  connection.send('world')
  await client.take('world')
  client.send(get())
  await connection.message()
  connection.send(ok('last'))
  const { body, fields } = await client.message()
  assert.deepEqual([body, fields.get('connection')], ['last', 'close'])
  await client.atEnd()
})

test('drain: a request of which only a part is there yet is still served', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  client.send(get().slice(0, 10))
  const other = await proxy.connect()
  other.send(get())
  await other.message()
  const drained = proxy.plane.drain(30_000)
  proxy.clock.advance(LAST_CALL_MS)
  await other.atEnd()
  client.send(get().slice(10))
  assert.equal((await client.message()).body, backend.id)
  await client.atEnd()
  for (const peer of [client, other]) peer.end()
  await drained
})

test('drain: new connections are refused, the end comes when the last request is done', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  let over = false
  const drained = proxy.plane.drain(30_000).then(() => {
    over = true
  })
  const late = await proxy.connect()
  assert.equal(late.error, 'ECONNREFUSED')
  proxy.clock.advance(29_000)
  connection.send(ok('finished'))
  const answer = await client.message()
  assert.deepEqual([answer.body, answer.fields.get('connection')], ['finished', 'close'])
  assert.equal(over, false)
  client.end()
  await drained
  assert.equal(proxy.log[0]?.fault, undefined)
})

test('drain: an answer under way is completed, and its connection does not hold up the end', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await client.take('hello')
  const drained = proxy.plane.drain(30_000)
  connection.send('world')
  await client.take('world')
  proxy.clock.advance(LAST_CALL_MS)
  await client.atEnd()
  client.end()
  await drained
})

test('drain: what is not done by the deadline is cut', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  const drained = proxy.plane.drain(30_000)
  proxy.clock.advance(30_000)
  await drained
  await client.atEnd()
  await connection.atEnd()
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [503, 'close'])
  assert.deepEqual(
    proxy.log.map((entry) => [entry.fault, entry.status]),
    [['shutting-down', 503]],
  )
  assert.equal(proxy.sample('sluice_connections', 'busy'), 0)
})

test('drain: an answer that is not complete by the deadline is broken off, and the log says why', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await inFlight(client, backend)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await client.take('hello')
  const drained = proxy.plane.drain(30_000)
  proxy.clock.advance(30_000)
  await drained
  await client.atEnd()
  assert.equal(client.text, '')
  assert.deepEqual(
    proxy.log.map((entry) => [entry.fault, entry.status]),
    [['shutting-down', 200]],
  )
})

test('drain: nothing in flight, nothing to wait for', async (t) => {
  const { proxy, client } = await startWorld(t)
  client.reset()
  await eventually('nobody', () => proxy.sample('sluice_connections', 'idle') === 0)
  await proxy.plane.drain(30_000)
})
