/** Limits of bytes a second: bodies of requests, clients that leave, who is not meant, and what else stands in the way. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { arrives, assertNear, bandwidth, grant, KiB, RATE, secondsUntil, startPaced } from './bandwidth-world.ts'
import { startH2World } from './h2-client.ts'
import { eventually, get, ok, post, settled } from './harness.ts'

const UPLOADS = bandwidth({ direction: 'request' })

test('a request body goes at the rate, its client waits, and the next one waits for what was taken', async (t) => {
  const { proxy, backend, client } = await startPaced(t, UPLOADS)
  client.send(post('x'.repeat(80 * KiB)))
  const connection = await backend.accept()
  for (let second = 0; second < 4; second++) {
    await arrives(() => connection.received, RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  proxy.clock.advance(500)
  assert.equal((await connection.message()).body.length, 80 * KiB)
  connection.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  client.send(post('y'.repeat(RATE)))
  await connection.take('\r\n\r\n')
  assert.ok((await settled(() => connection.text.length)) < RATE)
  proxy.clock.advance(1_000)
  await eventually('all of it', () => connection.text.length === RATE)
})

test('a slow upload outlasts the patience for its next bytes', async (t) => {
  const { proxy, backend, client } = await startPaced(t, UPLOADS, { rate: KiB })
  client.send(post('x'.repeat(160 * KiB)))
  const connection = await backend.accept()
  assert.ok((await secondsUntil(() => connection.received > 160 * KiB, proxy)) >= 155)
  assert.equal((await connection.message()).body.length, 160 * KiB)
  connection.send(ok('thanks'))
  assert.equal((await client.message()).status, 200)
})

test('uploads by HTTP/2 go at the rate, by the windows of their streams', async (t) => {
  const { proxy, backend, client } = await startH2World(t, 'TCP', { filters: [UPLOADS] })
  grant(t, proxy)
  backend.answer = (request) => ok(String(request.body.length))
  const answer = client.ask({
    method: 'POST',
    body: 'x'.repeat(200 * KiB),
    headers: { 'content-length': `${200 * KiB}` },
  })
  const connection = await backend.accept()
  for (let second = 0; second < 3; second++) {
    await arrives(() => connection.received, RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  assert.equal(answer.status, undefined)
  assert.ok((await secondsUntil(() => answer.ended, proxy)) >= 8)
  await answer.whole()
  assert.deepEqual([answer.status, answer.body], [200, `${200 * KiB}`])
})

test('a client that leaves meanwhile is not sent to any more, and what it did not get is not counted', async (t) => {
  const { proxy, backend, client } = await startPaced(t)
  backend.answer = () => ok('x'.repeat(48 * KiB))
  client.send(get())
  await arrives(() => client.received, RATE)
  client.reset()
  const entry = await eventually('a line of it', () => proxy.log[0])
  assert.equal(entry.fault, 'client-gone')
  assertNear(entry.bytesSent, RATE)
  proxy.clock.advance(10_000)
})

test('an answer that breaks off is broken for the client too', async (t) => {
  const { proxy, backend, client } = await startPaced(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', 'x'.repeat(20 * KiB))
  await arrives(() => client.received, RATE)
  connection.reset()
  proxy.clock.advance(5_000)
  await client.atEnd()
  assert.ok(client.received < 22 * KiB, `${client.received}`)
  assert.equal(proxy.log[0]?.fault, 'upstream-reset-in-response')
})

test('a compressed answer goes at the rate as it is sent', async (t) => {
  const filter = { kind: 'compression', codings: ['gzip'], types: ['text/*'], minBytes: 100 } as const
  const { proxy, backend, client } = await startPaced(t, bandwidth(), { filters: [filter] })
  const text = randomBytes(64 * KiB).toString('base64')
  const fields = `Content-Type: text/plain\r\nContent-Length: ${text.length}\r\n`
  backend.answer = () => `HTTP/1.1 200 OK\r\n${fields}\r\n${text}`
  client.send(get('/', 'Accept-Encoding: gzip'))
  await arrives(() => client.received, RATE)
  for (let second = 0; second < 6; second++) {
    proxy.clock.advance(1_000)
    await settled(() => client.received)
  }
  const { body, fields: answered } = await client.message()
  assert.equal(answered.get('content-encoding'), 'gzip')
  assert.equal(gunzipSync(Buffer.from(body, 'latin1')).toString(), text)
})

test('a shadow slows nobody, and counts whom it would', async (t) => {
  const { proxy, backend, client } = await startPaced(t, bandwidth({}, { shadow: true }))
  backend.answer = () => ok('x'.repeat(80 * KiB))
  client.send(get())
  assert.equal((await client.message()).body.length, 80 * KiB)
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'shadowed'), 1)
})

test('exempt addresses, requests that are not meant and a limit without memory are not slowed', async (t) => {
  for (const filter of [
    bandwidth({}, { exempt: ['127.0.0.0/8'] }),
    bandwidth({ when: { methods: ['POST'] } }),
    bandwidth({ limit: 'shop/fair/unknown' }),
  ]) {
    const { backend, client } = await startPaced(t, filter)
    backend.answer = () => ok('x'.repeat(80 * KiB))
    client.send(get())
    assert.equal((await client.message()).body.length, 80 * KiB)
  }
})
