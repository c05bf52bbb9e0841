/** HTTP/1.0 clients: no chunks, no connection kept unless they ask for it, perhaps no host. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok, startWorld } from './harness.ts'

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n'
const old = (...lines: readonly string[]): string =>
  `GET / HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

test('a chunked answer is laid open and ends with the connection', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(old('Host: a.test'))
  const connection = await backend.accept()
  await connection.message()
  connection.send(CHUNKED)
  const { body, fields } = await client.message()
  assert.deepEqual(
    [body, fields.get('transfer-encoding'), fields.get('connection')],
    ['hello world', undefined, 'close'],
  )
  client.end()
  await client.atClose()
  assert.equal(client.error, undefined)
})

test('the same to a client that asks to keep the connection', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(old('Host: a.test', 'Connection: keep-alive'))
  const connection = await backend.accept()
  await connection.message()
  connection.send(CHUNKED)
  const { body, fields } = await client.message()
  assert.deepEqual([body, fields.get('connection')], ['hello world', 'close'])
})

test('an answer with a length keeps the connection of a client that asks for it', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(old('Host: a.test', 'Connection: keep-alive'))
  const connection = await backend.accept()
  connection.send(ok('1'))
  const first = await client.message()
  assert.deepEqual([first.body, first.fields.get('connection')], ['1', 'keep-alive'])
  client.send(old('Host: a.test'))
  await connection.message()
  connection.send(ok('2'))
  const second = await client.message()
  assert.deepEqual([second.body, second.fields.get('connection')], ['2', 'close'])
  await client.atEnd()
})

test('a request without a host goes to the catch-all, and the endpoint gets its own address as Host', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(old())
  const connection = await backend.accept()
  const { start, fields } = await connection.message()
  assert.equal(start, 'GET / HTTP/1.1')
  assert.deepEqual([fields.get('host'), fields.has('x-forwarded-host')], [backend.id, false])
  connection.send(ok('x'))
  await client.atEnd()
})

test('answers of our own say too whether the connection is kept', async (t) => {
  const { client } = await startWorld(t, { host: 'b.test' })
  for (const [asked, told] of [
    ['keep-alive', 'keep-alive'],
    ['close', 'close'],
  ]) {
    client.send(`GET / HTTP/1.0\r\nHost: a.test\r\nConnection: ${asked}\r\n\r\n`)
    const { status, fields } = await client.message()
    assert.deepEqual([status, fields.get('connection')], [404, told])
  }
  await client.atEnd()
})

test('the endpoint is always spoken to in HTTP/1.1 on a connection that is kept', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(old('Host: a.test', 'Connection: close'))
  const connection = await backend.accept()
  const { start, fields } = await connection.message()
  assert.deepEqual([start, fields.has('connection')], ['GET / HTTP/1.1', false])
  connection.send(ok('x'))
  await client.atEnd()
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
})
