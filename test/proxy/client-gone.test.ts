/** Clients that leave, and clients that only seem to. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, ok, post, startWorld, type TestProxy } from './harness.ts'

const EVENTS = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nevent\r\n'

const gone = (proxy: TestProxy, n = 1) =>
  eventually('the end of the exchange', () => proxy.log.length === n && proxy.log.at(-1)!)

test('a client that breaks off while it waits takes its request back', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  client.reset()
  await connection.atEnd()
  const { status, fault, attempts } = await gone(proxy)
  assert.deepEqual([status, fault, attempts], [499, 'client-gone', 1])
  assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 0)
  assert.equal(proxy.sample('sluice_connections', 'busy'), 0)
})

test('a client that breaks off in mid-answer stops it', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nhello')
  await client.take('hello')
  client.reset()
  await connection.atEnd()
  const { status, fault, bytesSent } = await gone(proxy)
  assert.deepEqual([status, fault, bytesSent], [200, 'client-gone', 5])
})

test('a client that breaks off in mid-upload stops it, and the endpoint can tell', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhello')
  const connection = await backend.accept()
  await connection.take('hello')
  client.reset()
  await connection.atEnd()
  const { status, fault, bytesReceived } = await gone(proxy)
  assert.deepEqual([status, fault, bytesReceived], [499, 'client-gone', 5])
})

test('a client that breaks off before the endpoint is connected leaves nothing behind', async (t) => {
  const { proxy, client } = await startWorld(t)
  client.send(get())
  await eventually('an attempt', () => proxy.sample('sluice_upstream_connections', 'busy') === 1)
  client.reset()
  await gone(proxy)
  assert.equal(proxy.sample('sluice_upstream_connections', 'busy'), 0)
  assert.equal(proxy.log.length, 1)
})

test('a client that breaks off between requests is nobody’s fault', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(ok('x'))
  await client.message()
  client.send('GET / HT')
  client.reset()
  await eventually('no connection', () => proxy.sample('sluice_connections', 'idle') === 0)
  assert.equal(proxy.log.length, 1)
  assert.equal(proxy.sample('sluice_refused_requests'), undefined)
})

test('a listener to events that leaves is gone at once, although it sent nothing but the end of its side', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(EVENTS)
  await client.take('event\r\n')
  client.end()
  await connection.atEnd()
  const { status, fault } = await gone(proxy)
  assert.deepEqual([status, fault], [200, 'client-gone'])
})

test('a client that ends its side after the request gets its answer, then the end', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(post('hello'))
  client.end()
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  await client.take('hello\r\n')
  connection.send('0\r\n\r\n')
  await client.take('0\r\n\r\n')
  await client.atClose()
  assert.deepEqual([client.error, proxy.log[0]?.fault], [undefined, undefined])
})

test('a client that ends its side in mid-answer gets the rest, then the end', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello')
  await client.take('hello')
  client.end()
  // The proxy has seen that end once it has answered somebody who came later.
  const other = await proxy.connect()
  other.send('nonsense\r\n\r\n')
  await other.message()
  connection.send('world')
  await client.take('world')
  await client.atEnd()
})

test('requests that were sent before the end of a side are all answered', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  backend.answer = ({ start }) => ok(start)
  client.send(get('/1'), get('/2'), get('/3'))
  client.end()
  for (const path of ['/1', '/2', '/3']) assert.equal((await client.message()).body, `GET ${path} HTTP/1.1`)
  await client.atClose()
  assert.equal(proxy.log.length, 3)
})

test('a client that leaves without reading its answer is noticed', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.socket.pause()
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n')
  const piece = Buffer.alloc(1_000_000)
  for (let i = 0; i < 60; i++) connection.socket.write(piece)
  await eventually('an answer under way', () => proxy.sample('sluice_connections', 'busy') === 1)
  client.reset()
  await connection.atEnd()
  assert.equal((await gone(proxy)).fault, 'client-gone')
})

test('after any of it the proxy serves on', async (t) => {
  const { proxy, backend } = await startWorld(t)
  for (let i = 0; i < 50; i++) {
    const client = await proxy.connect()
    client.send(i % 2 === 0 ? get() : 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhel')
    await eventually('a request', () => proxy.sample('sluice_connections', 'busy') === 1)
    if (i % 3 === 0) await backend.accept()
    client.reset()
    await gone(proxy, i + 1)
  }
  const survivor = await proxy.connect()
  backend.answer = () => ok('still here')
  for (const connection of backend.connections) connection.answer = backend.answer
  survivor.send(get())
  assert.equal((await survivor.message()).body, 'still here')
})
