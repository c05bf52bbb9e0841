/** Every deadline strikes when it is due, not before, and not when something happened meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptAny, answering, eventually, get, ok, type Peer, settled, startWorld, type TestProxy } from './harness.ts'

/** Deadlines are checked ten times a second, and rounded up. */
const SLACK_MS = 250

/** Moves the clock to just before a deadline, checks that nothing struck, and moves it past. */
async function pass(proxy: TestProxy, ms: number, quiet: () => boolean): Promise<void> {
  proxy.clock.advance(ms - 1)
  await settled(() => Number(quiet()))
  assert.ok(quiet(), `something struck before ${ms} ms`)
  proxy.clock.advance(1 + SLACK_MS)
}

const open = (peer: Peer) => (): boolean => !peer.ended && !peer.closed && peer.text === ''
const idleConnections = (proxy: TestProxy) => proxy.sample('sluice_connections', 'idle')

test('header: a connection that says nothing is closed without a word', async (t) => {
  const { proxy, client } = await startWorld(t)
  proxy.settings({ timeouts: { headerMs: 10_000 } }).apply()
  await eventually('the connection', () => idleConnections(proxy) === 1)
  await pass(proxy, 10_000, open(client))
  await client.atEnd()
  assert.equal(client.text, '')
  assert.deepEqual([proxy.log.length, proxy.sample('sluice_refused_requests')], [0, undefined])
})

test('header: a head that drips in is refused at its deadline, however often a byte comes', async (t) => {
  const { proxy, client } = await startWorld(t)
  client.send('GET / HTTP/1.1\r\nHost: a.test\r\n')
  await eventually('the first bytes', () => idleConnections(proxy) === 1)
  await settled(() => client.received)
  for (let i = 0; i < 9; i++) {
    proxy.clock.advance(1000)
    client.send('X: y\r\n')
    await settled(() => client.received)
  }
  await pass(proxy, 1000, open(client))
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [408, 'close'])
  await client.atEnd()
  assert.equal(proxy.sample('sluice_refused_requests', 'header-timeout'), 1)
})

test('header: the second request of a connection has the same deadline', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  client.send(get())
  await client.message()
  proxy.clock.advance(30_000)
  client.send('GET / HT')
  await settled(() => client.received)
  await pass(proxy, 10_000, open(client))
  assert.equal((await client.message()).status, 408)
})

test('idle: a connection without a request is closed', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  answering(backend)
  proxy.settings({ timeouts: { idleMs: 75_000 } }).apply()
  client.send(get())
  await client.message()
  await pass(proxy, 75_000, open(client))
  await client.atEnd()
  assert.equal(proxy.log.length, 1)
})

test('body gap: an upload that stops is refused, one that goes on slowly is not', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  proxy.settings({ timeouts: { bodyGapMs: 60_000 } }).apply()
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n')
  const connection = await backend.accept()
  await connection.take('\r\n\r\n')
  for (let i = 0; i < 5; i++) {
    proxy.clock.advance(50_000)
    client.send('x')
    await connection.take('x')
  }
  await pass(proxy, 60_000, open(client))
  assert.equal((await client.message()).status, 408)
  await connection.atEnd()
  assert.equal(proxy.log[0]?.fault, 'body-timeout')
})

test('body gap: it does not run while the endpoint is what everybody waits for', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 0 } })
  proxy.settings({ timeouts: { bodyGapMs: 1000 } }).apply()
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')
  const connection = await backend.accept()
  await connection.message()
  proxy.clock.advance(100_000)
  connection.send(ok('late'))
  assert.equal((await client.message()).body, 'late')
})

test('connect: an endpoint that does not take the connection is given up for another one', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, timeouts: { connectMs: 5000 } })
  answering(...backends)
  client.send(get())
  // Between the request and the next turn of the event loop no connection can stand yet.
  await eventually('an attempt', () => proxy.sample('sluice_upstream_connections', 'busy') === 1)
  proxy.clock.advance(5000 + SLACK_MS)
  assert.equal(proxy.sample('sluice_upstream_faults', 'connect-timeout'), 1)
  const { status, body } = await client.message()
  assert.deepEqual([status, body], [200, proxy.log[0]?.endpoint])
  assert.equal(proxy.log[0]?.attempts, 2)
})

test('connect: where nobody takes the connection the client is told', async (t) => {
  const { proxy, client } = await startWorld(t, { timeouts: { connectMs: 5000 }, retries: 0 })
  client.send(get())
  await eventually('an attempt', () => proxy.sample('sluice_upstream_connections', 'busy') === 1)
  proxy.clock.advance(5000 + SLACK_MS)
  assert.equal((await client.message()).status, 504)
  assert.equal(proxy.log[0]?.fault, 'connect-timeout')
})

test('response gap: an endpoint that is silent is given up, and not asked again', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, timeouts: { responseGapMs: 60_000 } })
  client.send(get())
  const { peer } = await acceptAny(backends)
  await peer.message()
  await pass(proxy, 60_000, open(client))
  assert.equal((await client.message()).status, 504)
  await peer.atEnd()
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.attempts], ['upstream-timeout', 1])
})

test('response gap: an answer that stops is broken off, one that goes on slowly is not', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 60_000 } })
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n')
  await client.take('\r\n\r\n')
  for (let i = 0; i < 5; i++) {
    proxy.clock.advance(50_000)
    connection.send('x')
    await client.take('x')
  }
  await pass(proxy, 60_000, open(client))
  await client.atEnd()
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.status], ['upstream-timeout', 200])
})

test('response gap: it does not run while the client is slow to read', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 1000 } })
  proxy.settings({ timeouts: { writeGapMs: 0 } }).apply()
  client.socket.pause()
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  const length = 40_000_000
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`)
  const piece = Buffer.alloc(length / 40)
  for (let i = 0; i < 40; i++) connection.socket.write(piece)
  await settled(() => connection.socket.bytesWritten - connection.socket.writableLength)
  proxy.clock.advance(100_000)
  client.onBytes = () => {}
  client.socket.resume()
  await eventually('all of it', () => client.received > length)
  assert.equal(proxy.log[0]?.fault, undefined)
})

test('response gap: an endpoint that takes nothing of an upload is given up', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 60_000 } })
  const length = 40_000_000
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`)
  const connection = await backend.accept()
  await connection.take('\r\n\r\n')
  connection.socket.pause()
  const piece = Buffer.alloc(length / 40)
  for (let i = 0; i < 40; i++) client.socket.write(piece)
  await settled(() => client.socket.bytesWritten - client.socket.writableLength)
  await pass(proxy, 60_000, open(client))
  await eventually('the end', () => proxy.log.length === 1)
  assert.equal(proxy.log[0]?.fault, 'upstream-timeout')
  client.socket.resume()
  assert.equal((await client.message()).status, 504)
})

test('response gap: an endpoint that takes nothing and says nothing is given up, also after it began to answer', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 60_000 } })
  const length = 40_000_000
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`)
  const connection = await backend.accept()
  await connection.take('\r\n\r\n')
  connection.socket.pause()
  const piece = Buffer.alloc(length / 40)
  for (let i = 0; i < 40; i++) client.socket.write(piece)
  await settled(() => client.socket.bytesWritten - client.socket.writableLength)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await client.take('hello')
  await pass(proxy, 60_000, open(client))
  await eventually('the end', () => proxy.log.length === 1)
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.status], ['upstream-timeout', 200])
})

test('whole request: it is bounded from its first byte, however busy everybody is', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { requestMs: 30_000, responseGapMs: 20_000 } })
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n')
  await client.take('\r\n\r\n')
  for (let i = 0; i < 2; i++) {
    proxy.clock.advance(10_000)
    connection.send('x')
    await client.take('x')
  }
  await pass(proxy, 10_000, open(client))
  await client.atEnd()
  await connection.atEnd()
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.status], ['request-timeout', 200])
})

test('whole request: a late answer is 504, and later ones start anew', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { requestMs: 500 } })
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  await pass(proxy, 500, open(client))
  assert.equal((await client.message()).status, 504)
  await connection.atEnd()
  answering(backend)
  client.send(get())
  assert.equal((await client.message()).status, 200)
})

test('write: a client that takes nothing of its answer is dropped, and its endpoint is free', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 0 } })
  proxy.settings({ timeouts: { writeGapMs: 60_000 } }).apply()
  client.socket.pause()
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
  const piece = Buffer.alloc(1_000_000)
  for (let i = 0; i < 100; i++) connection.socket.write(piece)
  await settled(() => connection.socket.bytesWritten - connection.socket.writableLength)
  await pass(proxy, 60_000, () => proxy.log.length === 0)
  await connection.atEnd()
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.status], ['client-stalled', 200])
  assert.equal(idleConnections(proxy), 0)
  assert.equal(proxy.sample('sluice_connections', 'busy'), 0)
})

test('write: a client that takes nothing of an answer that is complete is dropped as well', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.socket.pause()
  backend.answer = () => ok('x'.repeat(60_000))
  for (let i = 0; i < 400; i++) client.send(get())
  await settled(() => proxy.log.length)
  assert.ok(proxy.log.length < 400)
  proxy.clock.advance(60_000 + SLACK_MS)
  assert.equal(await settled(() => Number(proxy.sample('sluice_connections', 'busy'))), 0)
  assert.equal(idleConnections(proxy), 0)
})

test('linger: a client that does not end its side after the last answer is cut off', async (t) => {
  const { proxy, client } = await startWorld(t)
  client.send('nonsense\r\n\r\n')
  assert.equal((await client.message()).status, 400)
  await client.atEnd()
  assert.equal(idleConnections(proxy), 1)
  proxy.clock.advance(2000 + SLACK_MS)
  assert.equal(idleConnections(proxy), 0)
})
