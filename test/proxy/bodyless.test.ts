/** Answers that have no body whatever their fields say (RFC 9112 section 6.3). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, ok, startWorld } from './harness.ts'

const HEAD = 'HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n'

const CASES: readonly (readonly [why: string, request: string, answer: string, fields: Record<string, string>])[] = [
  ['HEAD with a length', HEAD, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { 'content-length': '5' }],
  ['HEAD of a chunked answer', HEAD, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', {}],
  ['HEAD without a length', HEAD, 'HTTP/1.1 200 OK\r\n\r\n', {}],
  ['304 with a length', get(), 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { 'content-length': '5' }],
  ['304 without one', get(), 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', { etag: '"1"' }],
  ['204', get(), 'HTTP/1.1 204 No Content\r\n\r\n', {}],
  ['204 with a length, which it must not have', get(), 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n', {}],
]

for (const [why, request, answer, expected] of CASES) {
  test(`${why}: no body, and both connections go on`, async (t) => {
    const { backend, client } = await startWorld(t)
    client.send(request)
    const connection = await backend.accept()
    await connection.message()
    connection.send(answer)
    const { fields } = await client.message(request === HEAD)
    const { date, ...rest } = Object.fromEntries(fields)
    assert.ok(date)
    assert.deepEqual(rest, expected)
    client.send(get('/next'))
    await connection.take('/next')
    connection.send(ok('next'))
    assert.equal((await client.message()).body, 'next')
  })

  test(`${why}, and an endpoint that sends a body all the same: it reaches nobody`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(request)
    const connection = await backend.accept()
    await connection.message()
    connection.send(`${answer}hello`)
    await client.message(request === HEAD)
    await connection.atEnd()
    client.send(get('/next'))
    const next = await backend.accept()
    await next.message()
    next.send(ok('next'))
    assert.equal((await client.message()).body, 'next')
    assert.deepEqual(
      proxy.log.map(({ fault }) => fault),
      [undefined, undefined],
    )
  })
}

test('answers of our own to HEAD have no body either', async (t) => {
  const { proxy, client } = await startWorld(t)
  proxy.unroute('*').apply()
  client.send(HEAD, get('/2'))
  const { status, fields } = await client.message(true)
  assert.equal(status, 404)
  assert.ok(Number(fields.get('content-length')) > 0)
  assert.equal((await client.message()).status, 404)
  assert.equal(proxy.log[0]?.bytesSent, 0)
})
