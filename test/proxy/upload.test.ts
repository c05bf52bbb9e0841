/** Requests with bodies: answers that come early, expectations, bodies that are cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, keepsSilent, ok, startWorld } from './harness.ts'

const EARLY = 'HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig'
const expecting = (length: number): string =>
  `POST /x HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`

test('an answer that comes before the upload is over reaches the client, and ends the connection', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n', 'x'.repeat(1000))
  const connection = await backend.accept()
  await connection.take('x'.repeat(1000))
  connection.send(EARLY)
  const { status, body, fields } = await client.message()
  assert.deepEqual([status, body, fields.get('connection')], [413, 'big', 'close'])
  await client.atEnd()
  // What the client still sends is taken and thrown away, so that no reset overtakes the answer.
  client.send('x'.repeat(100_000), get('/smuggled'))
  client.end()
  await client.atClose()
  assert.equal(client.error, undefined)
  await connection.atEnd()
  assert.doesNotMatch(connection.text, /smuggled/)
  assert.equal(proxy.log.length, 1)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 0)
})

test('an early answer does not stop the upload while both go on', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
  const connection = await backend.accept()
  await connection.take('hello')
  connection.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
  await client.take('first')
  client.send('world')
  await connection.take('world')
  connection.send('6\r\nsecond\r\n0\r\n\r\n')
  await client.take('6\r\nsecond\r\n0\r\n\r\n')
})

test('an expectation goes to the endpoint, whose word starts the body', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  backend.onConnection = keepsSilent
  client.send(expecting(5))
  const connection = await backend.accept()
  assert.match(await connection.take('\r\n\r\n'), /\r\nexpect: 100-continue\r\n/i)
  connection.send('HTTP/1.1 100 Continue\r\n\r\n')
  assert.equal((await client.message()).status, 100)
  client.send('hello')
  await connection.take('hello')
  connection.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  client.send(get())
  await connection.message()
  assert.equal(proxy.log.length, 1)
})

test('an expectation that the endpoint turns down ends without a body', async (t) => {
  const { backend, client } = await startWorld(t)
  backend.onConnection = keepsSilent
  client.send(expecting(5))
  const connection = await backend.accept()
  await connection.take('\r\n\r\n')
  connection.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n')
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [417, 'close'])
  // Whether the client sends the body now or not: nobody may take it for a request.
  client.send('hello')
  await client.atEnd()
  await connection.atEnd()
  assert.equal(connection.text, '')
})

test('a client that does not wait for 100 is served all the same', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(expecting(5), 'hello')
  const connection = await backend.accept()
  assert.equal((await connection.message()).body, 'hello')
  connection.send('HTTP/1.1 100 Continue\r\n\r\n', ok('thanks'))
  assert.equal((await client.message()).status, 100)
  assert.equal((await client.message()).body, 'thanks')
})

for (const [framing, request] of [
  ['by length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello'],
  ['chunked', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n'],
] as const) {
  test(`a body framed ${framing} that ends too soon is refused, and the endpoint can tell`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(request)
    const connection = await backend.accept()
    await connection.take('hello')
    client.end()
    assert.equal((await client.message()).status, 400)
    await connection.atEnd()
    assert.doesNotMatch(connection.text, /\r\n0\r\n/)
    assert.equal(proxy.log[0]?.fault, 'body-cut')
  })
}

test('a chunked body that becomes malformed is refused, and the endpoint can tell', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
  const connection = await backend.accept()
  await connection.take('hello')
  client.send('nonsense\r\n')
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [400, 'close'])
  await connection.atEnd()
  assert.doesNotMatch(connection.text, /\r\n0\r\n/)
  assert.equal(proxy.log[0]?.fault, 'bad-chunk')
})

test('a body in many pieces arrives as it was sent', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const connection = await backend.accept()
  let expected = ''
  for (const piece of ['a', 'bb', 'x'.repeat(5000), 'c'.repeat(70_000), 'd']) {
    client.send(`${piece.length.toString(16)}\r\n${piece}\r\n`)
    expected += piece
    await eventually('the piece', () => connection.text.endsWith(`${piece.at(-1)}\r\n`))
  }
  client.send('0\r\n\r\n')
  assert.equal((await connection.message()).body, expected)
})

test('a body that nobody wants goes with its connection, and is never taken for a request', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  proxy.unroute('*').apply()
  const smuggled = get('/smuggled')
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`)
  const { status, fields } = await client.message()
  assert.deepEqual([status, fields.get('connection')], [404, 'close'])
  await client.atEnd()
  assert.deepEqual([client.text, proxy.log.length, backend.connections.length], ['', 1, 0])
})
