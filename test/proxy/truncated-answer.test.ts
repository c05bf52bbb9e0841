/** An answer that breaks off must not look complete to the client, whatever framing it has on either side. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, startWorld } from './harness.ts'

const LENGTH = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'
const UNTIL_CLOSE = 'HTTP/1.1 200 OK\r\n\r\nhello'
const OLD = 'GET / HTTP/1.0\r\nHost: a.test\r\n\r\n'

type Ending = 'end' | 'reset'

const CASES: readonly (readonly [framing: string, answer: string, ending: Ending])[] = [
  ['by length', LENGTH, 'end'],
  ['by length', LENGTH, 'reset'],
  ['chunked', CHUNKED, 'end'],
  ['chunked', CHUNKED, 'reset'],
  ['in mid-chunk', CHUNKED.slice(0, -4), 'end'],
  ['behind the last chunk', `${CHUNKED}0\r\n`, 'end'],
  ['until close', UNTIL_CLOSE, 'reset'],
]

for (const [framing, answer, ending] of CASES) {
  test(`an answer framed ${framing} that breaks off by ${ending}`, async (t) => {
    const { proxy, backend, client } = await startWorld(t, { backends: 1 })
    client.send(get())
    const connection = await backend.accept()
    await connection.message()
    connection.send(answer)
    await client.take('hel')
    connection[ending]()
    await client.atEnd()
    assert.doesNotMatch(client.text, /\r\n0\r\n/, 'no last chunk')
    assert.equal(backend.connections.length, 1)
    const [entry] = proxy.log
    assert.deepEqual([entry?.status, entry?.fault, entry?.attempts], [200, 'upstream-reset-in-response', 1])
  })
}

for (const [framing, answer, ending] of CASES.filter(([, text]) => text !== LENGTH)) {
  test(`for an HTTP/1.0 client, whose body ends with the connection: framed ${framing}, ${ending}`, async (t) => {
    const { backend, client } = await startWorld(t)
    client.send(OLD)
    const connection = await backend.accept()
    await connection.message()
    connection.send(answer)
    await client.take('hel')
    connection[ending]()
    await eventually('a reset', () => client.error === 'ECONNRESET')
    assert.equal(client.ended, false)
  })
}

test('an answer that ends with its connection is complete when that ends well', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(UNTIL_CLOSE)
  connection.end()
  const { body, fields } = await client.message()
  assert.deepEqual([body, fields.get('transfer-encoding')], ['hello', 'chunked'])
  assert.deepEqual([proxy.log[0]?.fault, proxy.log[0]?.bytesSent], [undefined, 5])
})

test('an answer that becomes malformed on its way is broken off', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(`${CHUNKED}nonsense\r\n`)
  await client.atEnd()
  assert.doesNotMatch(client.text, /\r\n0\r\n/)
  assert.equal(proxy.log[0]?.fault, 'upstream-invalid')
  await connection.atEnd()
})
