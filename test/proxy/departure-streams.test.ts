/** Answers without an end from an endpoint that ends: closed well where that can be, and otherwise broken off in time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chunk, EVENTS, GRACE_MS, leave, SPREAD_MS, stream } from './departing.ts'
import { get, ok, settled, startWorld } from './harness.ts'

test('an event stream ends between two events, like one that the endpoint ended', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await stream(client, backend, EVENTS)
  endpoint.send(chunk('data: 1\n\n'))
  await client.take('data: 1\n\n')
  leave(proxy, backend)
  endpoint.send(chunk('data: 2\n\n'))
  await client.take('data: 2\n\n')
  proxy.clock.advance(SPREAD_MS)
  assert.match(await client.take('0\r\n\r\n'), /^\r\n0/)
  await endpoint.atEnd()
  assert.deepEqual([proxy.log[0]?.status, proxy.log[0]?.fault], [200, undefined])
  client.send(get('/again'))
  const next = await backend.accept()
  await next.message()
  next.send(ok('served on the same connection'))
  await client.take('served on the same connection')
})

test('an event under way comes to its end first', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await stream(client, backend, EVENTS)
  endpoint.send(chunk('data: 1\n\nda'))
  await client.take('data: 1\n\nda\r\n')
  leave(proxy, backend, 2_000)
  proxy.clock.advance(1_600)
  assert.equal(await settled(() => client.text.length), 0)
  endpoint.send(chunk('ta: 2\n\n'))
  await client.take('ta: 2\n\n\r\n0\r\n\r\n')
  assert.equal(proxy.log[0]?.fault, undefined)
})

test('an event that does not end in time is broken off, so that the client can see it', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await stream(client, backend, EVENTS)
  endpoint.send(chunk('data: 1\n\nda'))
  await client.take('data: 1\n\nda\r\n')
  leave(proxy, backend)
  proxy.clock.advance(SPREAD_MS + 2_000)
  await client.atEnd()
  await endpoint.atEnd()
  assert.equal(client.text, '')
  assert.equal(proxy.log[0]?.fault, 'endpoint-leaving')
})

test('another answer without an end has four fifths of the time, and is then broken off', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await stream(client, backend)
  endpoint.send(chunk('one'))
  await client.take('one')
  leave(proxy, backend)
  proxy.clock.advance(SPREAD_MS - 300)
  endpoint.send(chunk('two'))
  await client.take('two')
  proxy.clock.advance(GRACE_MS * 0.95 - SPREAD_MS + 300)
  await client.atEnd()
  assert.doesNotMatch(client.text, /0\r\n\r\n/)
  assert.equal(proxy.log[0]?.fault, 'endpoint-leaving')
})

for (const [what, head] of [
  ['an answer that has not begun', ''],
  ['an answer with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe'],
] as const) {
  test(`${what} is left to finish, however long the endpoint lives`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    proxy.route({ timeouts: { responseGapMs: 600_000 } }).apply()
    client.send(get())
    const endpoint = await backend.accept()
    await endpoint.message()
    endpoint.send(head)
    leave(proxy, backend)
    proxy.clock.advance(2 * GRACE_MS)
    endpoint.send(head === '' ? ok('hello') : 'llo')
    assert.equal((await client.message()).body, 'hello')
    assert.equal(proxy.log[0]?.fault, undefined)
  })
}
