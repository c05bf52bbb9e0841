/** What an endpoint sees of a request, and what the log knows of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { get, ok, startWorld } from './harness.ts'

const CLAIMS = [
  'X-Forwarded-For: 203.0.113.7',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Host: shop.test',
  'X-Forwarded-Port: 443',
  'X-Real-IP: 9.9.9.9',
  'Forwarded: for=9.9.9.9',
]

async function seen(
  t: Parameters<typeof startWorld>[0],
  request: string,
  trusted: readonly string[] = [],
  sendForwarded = false,
) {
  const { proxy, backend } = await startWorld(t)
  proxy.settings({ trustedProxies: trusted, sendForwarded }).apply()
  const client = await proxy.connect()
  client.send(request)
  const connection = await backend.accept()
  const message = await connection.message()
  connection.send(ok('x'))
  await client.message()
  return { ...message, proxy, field: (name: string) => message.fields.get(name), entry: proxy.log[0]! }
}

test('a client is described by what we know of it', async (t) => {
  const { field, proxy, entry } = await seen(t, get())
  assert.equal(field('x-forwarded-for'), '127.0.0.1')
  assert.equal(field('x-real-ip'), '127.0.0.1')
  assert.equal(field('x-forwarded-proto'), 'http')
  assert.equal(field('x-forwarded-host'), 'a.test')
  assert.equal(field('x-forwarded-port'), String(proxy.port))
  assert.equal(field('forwarded'), undefined)
  assert.equal(entry.clientAddress, '127.0.0.1')
})

test('what an untrusted client claims does not reach the endpoint', async (t) => {
  const { field, entry } = await seen(t, get('/', ...CLAIMS), ['10.0.0.0/8'])
  assert.deepEqual([field('x-forwarded-for'), field('x-real-ip')], ['127.0.0.1', '127.0.0.1'])
  assert.deepEqual([field('x-forwarded-proto'), field('x-forwarded-host')], ['http', 'a.test'])
  assert.equal(field('forwarded'), undefined)
  assert.equal(entry.clientAddress, '127.0.0.1')
})

test('what a trusted proxy claims is passed on, with its own address', async (t) => {
  const { field, entry } = await seen(t, get('/', ...CLAIMS), ['127.0.0.0/8'])
  assert.deepEqual([field('x-forwarded-for'), field('x-real-ip')], ['203.0.113.7, 127.0.0.1', '203.0.113.7'])
  assert.deepEqual([field('x-forwarded-proto'), field('x-forwarded-host')], ['https', 'shop.test'])
  assert.equal(field('x-forwarded-port'), '443')
  assert.equal(entry.clientAddress, '203.0.113.7')
})

test('Forwarded is sent where it is asked for', async (t) => {
  const { field } = await seen(t, get(), [], true)
  assert.equal(field('forwarded'), 'for=127.0.0.1;host="a.test";proto=http')
})

test('the id of a request is the same at the endpoint and in the log', async (t) => {
  const { field, entry } = await seen(t, get())
  assert.match(entry.requestId, /^[0-9a-f]{32}$/)
  assert.equal(field('x-request-id'), entry.requestId)
})

test('an id that the client brings along is kept', async (t) => {
  const { field, entry } = await seen(t, get('/', 'X-Request-ID: mine-1'))
  assert.deepEqual([field('x-request-id'), entry.requestId], ['mine-1', 'mine-1'])
})

test('the endpoint gets the path that was matched, the query as it was, and the fields as they were', async (t) => {
  const { start, fields, entry } = await seen(
    t,
    get('/a/./b/../%63?x=%63#'.slice(0, -1), 'X-Odd:   spaced  ', 'x-Case: Kept'),
  )
  assert.equal(start, 'GET /a/c?x=%63 HTTP/1.1')
  assert.equal(entry.path, '/a/c')
  assert.deepEqual([fields.get('x-odd')?.trim(), fields.get('x-case')], ['spaced', 'Kept'])
})

test('the fields of the answer arrive in their order and spelling', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(
    'HTTP/1.1 200 Fine\r\nB: 1\r\nset-cookie: a\r\nA: 2\r\nSet-Cookie: b\r\nDate: now\r\nContent-Length: 0\r\n\r\n',
  )
  const head = await client.take('\r\n\r\n')
  assert.equal(
    head,
    'HTTP/1.1 200 OK\r\nB: 1\r\nset-cookie: a\r\nA: 2\r\nSet-Cookie: b\r\nDate: now\r\nContent-Length: 0\r\n\r\n',
  )
})

for (const [accept, type] of [
  ['text/html', 'text/html; charset=utf-8'],
  ['application/json', 'application/json'],
  ['*/*', 'text/plain; charset=utf-8'],
] as const) {
  test(`an answer of our own speaks ${type} to a client that accepts ${accept}`, async (t) => {
    const { proxy, client } = await startWorld(t)
    proxy.endpoints([]).apply()
    client.send(get('/', `Accept: ${accept}`))
    const { status, fields, body } = await client.message()
    assert.deepEqual([status, fields.get('content-type')], [503, type])
    assert.ok(body.includes(proxy.log[0]!.requestId))
    assert.ok(fields.has('date'))
    // The connection goes on.
    client.send(get())
    assert.equal((await client.message()).status, 503)
  })
}
