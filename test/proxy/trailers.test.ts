/** Trailers travel both ways, without those that somebody could take for more than they are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, ok, startWorld } from './harness.ts'

const TRAILERS = [
  'X-Checksum: abc',
  'Content-Length: 5',
  'Transfer-Encoding: chunked',
  'Host: evil.test',
  'X-Forwarded-For: 1.2.3.4',
  'Authorization: Basic x',
  'Set-Cookie: a=b',
  'X_Checksum: def',
  'Grpc-Status: 0',
].map((line) => `${line}\r\n`)
const BODY = `5\r\nhello\r\n0\r\n${TRAILERS.join('')}\r\n`
const PASSED = { 'x-checksum': 'abc', 'grpc-status': '0' }

test('from the client to the endpoint', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Checksum\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`)
  const connection = await backend.accept()
  const { body, trailers, fields } = await connection.message()
  assert.deepEqual([body, Object.fromEntries(trailers)], ['hello', PASSED])
  assert.equal(fields.get('trailer'), 'X-Checksum')
})

test('from the endpoint to the client', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(`HTTP/1.1 200 OK\r\nTrailer: X-Checksum\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`)
  const { body, trailers } = await client.message()
  assert.deepEqual([body, Object.fromEntries(trailers)], ['hello', PASSED])
  client.send(get('/next'))
  await connection.message()
  connection.send(ok('next'))
  assert.equal((await client.message()).body, 'next')
})

test('trailers that come in pieces arrive whole', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  await client.take('hello\r\n')
  for (const piece of ['0', '\r', '\nX-Che', 'cksum: a', 'bc\r', '\n\r', '\n']) {
    await new Promise<void>((resolve) => connection.socket.write(piece, () => resolve()))
  }
  await client.take('0\r\nX-Checksum: abc\r\n\r\n')
})
