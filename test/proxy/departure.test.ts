/** WebSockets of an endpoint that ends, and of a proxy that does: closed well, at a time of their own, before the kill. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chunk, EVENTS, GRACE_MS, leave, SPREAD_MS, startWebSocket, stream } from './departing.ts'
import { Backend, eventually, get, settled, startWorld, TestProxy } from './harness.ts'
import { frame, GOING_AWAY, GOING_AWAY_MASKED, maskedFrame, openWebSocket, SWITCHED, UPGRADE } from './websocket.ts'

test('an endpoint that ends: its WebSocket gets 1001 both ways before that, and then ends in good order', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  client.send(maskedFrame('hello'))
  await endpoint.take('hello')
  leave(proxy, backend)
  client.send(maskedFrame('still there'))
  await endpoint.take('still there')
  endpoint.send(frame('yes'))
  await client.take('yes')
  assert.equal(proxy.log.length, 0)
  proxy.clock.advance(SPREAD_MS)
  await client.take(GOING_AWAY)
  await endpoint.take(GOING_AWAY_MASKED)
  await eventually('mask and code', () => endpoint.text.length === 6)
  const [key0, key1, , , high, low] = Buffer.from(endpoint.text, 'latin1')
  assert.equal(((high! ^ key0!) << 8) | (low! ^ key1!), 1001)
  assert.equal(client.ended, false)
  client.send('\x88\x82\0\0\0\0\x03\xe9')
  await client.atEnd()
  client.end()
  endpoint.send('\x88\x00')
  await endpoint.atEnd()
  endpoint.end()
  await client.atClose()
  assert.deepEqual([client.text, client.error], ['', undefined])
  await eventually('the log', () => proxy.log.length === 1)
  assert.deepEqual([proxy.log[0]?.status, proxy.log[0]?.fault], [101, undefined])
  await eventually('no connection', () => proxy.sample('sluice_upstream_connections', 'busy') === 0)
})

test('ends that do not answer 1001 are closed in a moment', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  leave(proxy, backend)
  proxy.clock.advance(SPREAD_MS)
  await client.take(GOING_AWAY)
  await endpoint.take(GOING_AWAY_MASKED)
  proxy.clock.advance(2_200)
  await client.atEnd()
  await endpoint.atEnd()
  assert.equal(client.error, undefined)
})

test('an endpoint that hangs up on 1001 does not take it from the client', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  leave(proxy, backend)
  client.socket.pause()
  proxy.clock.advance(SPREAD_MS)
  await endpoint.take(GOING_AWAY_MASKED)
  endpoint.reset()
  await eventually('the end upstream', () => proxy.sample('sluice_upstream_connections', 'busy') === 0)
  client.socket.resume()
  await client.take(GOING_AWAY)
  await client.atEnd()
  assert.equal(client.error, undefined)
})

test('in mid-frame 1001 waits for the end of the frame', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  const long = frame('x'.repeat(300))
  endpoint.send(long.slice(0, 100))
  await eventually('a part', () => client.text.length === 100)
  leave(proxy, backend)
  // Its time comes by chance, and the frame has but a moment then.
  const before = endpoint.received
  while (endpoint.received === before) {
    proxy.clock.advance(1_000)
    await settled(() => endpoint.received)
  }
  await endpoint.take(GOING_AWAY_MASKED)
  assert.equal(client.text.length, 100)
  endpoint.send(long.slice(100), frame('too late'))
  await client.take(GOING_AWAY)
  assert.equal(await settled(() => client.text.length), 0)
})

test('a frame that does not end in time is cut', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  endpoint.send(frame('x'.repeat(300)).slice(0, 100))
  await eventually('a part', () => client.text.length === 100)
  leave(proxy, backend)
  proxy.clock.advance(SPREAD_MS)
  proxy.clock.advance(2_200)
  await client.atEnd()
  assert.equal(client.text.length, 100)
})

test('a tunnel of another protocol is closed, at a time of its own', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get('/', 'Connection: Upgrade', 'Upgrade: tls/1.3'))
  const endpoint = await backend.accept()
  await endpoint.message()
  endpoint.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tls/1.3\r\n\r\n')
  await client.message()
  leave(proxy, backend)
  client.send('ping')
  await endpoint.take('ping')
  proxy.clock.advance(SPREAD_MS)
  await client.atEnd()
  await endpoint.atEnd()
})

test('a request that becomes a WebSocket after its endpoint was told to end leaves in time, too', async (t) => {
  const { proxy, backend } = await startWorld(t)
  leave(proxy, backend)
  proxy.clock.advance(5_000)
  // Nobody else is left: the one that drains serves.
  const { client } = await openWebSocket(proxy, backend)
  proxy.clock.advance(SPREAD_MS - 5_000)
  await client.take(GOING_AWAY)
})

test('an endpoint that ends, and is gone from the list before its streams are: they leave as planned', async (t) => {
  const { proxy, backend, client } = await startWebSocket(t)
  leave(proxy, backend)
  proxy.endpoints([]).apply()
  proxy.clock.advance(SPREAD_MS)
  await client.take(GOING_AWAY)
})

test('an endpoint that stays after all keeps its streams', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  leave(proxy, backend)
  proxy.endpoints([backend]).apply()
  proxy.clock.advance(2 * GRACE_MS)
  client.send(maskedFrame('hello'))
  await endpoint.take('hello')
})

test('somebody in a hurry shortens the time that is left', async (t) => {
  const { proxy, backend, client } = await startWebSocket(t)
  leave(proxy, backend, 3_600_000)
  proxy.clock.advance(1_000)
  leave(proxy, backend, 2_000)
  proxy.clock.advance(1_000)
  await client.take(GOING_AWAY)
})

test('streams go on where nobody ends the endpoint: not ready, gone from the list, no route to it', async (t) => {
  const { proxy, client, endpoint } = await startWebSocket(t)
  proxy.endpoints([]).apply()
  proxy.unroute('*').apply()
  proxy.clock.advance(10 * GRACE_MS)
  client.send(maskedFrame('hello'))
  await endpoint.take('hello')
})

test('streams of a time before the endpoint was not ready end with it, as do those of other Services', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = await new TestProxy(t).route().endpoints([backend]).apply().listen()
  const first = await openWebSocket(proxy, backend)
  proxy.endpoints([]).apply()
  proxy.route({ cluster: 'shop/other:80' }).endpoints([backend], 'shop/other:80').apply()
  const second = await openWebSocket(proxy, backend)
  proxy.endpoints([{ address: backend.address, port: backend.port, state: 'draining', graceMs: GRACE_MS }]).apply()
  proxy.clock.advance(SPREAD_MS)
  await first.client.take(GOING_AWAY)
  await second.client.take(GOING_AWAY)
})

test('the proxy ends: a connection that was idle and becomes a WebSocket at the last moment leaves, too', async (t) => {
  const { proxy, backend } = await startWorld(t)
  const client = await proxy.connect()
  await eventually('it is there', () => proxy.sample('sluice_connections', 'idle') === 2)
  const drained = proxy.plane.drain(GRACE_MS)
  client.send(UPGRADE)
  const endpoint = await backend.accept()
  await endpoint.message()
  endpoint.send(SWITCHED)
  await client.message()
  proxy.clock.advance(SPREAD_MS)
  await client.take(GOING_AWAY)
  for (const peer of [client, endpoint]) peer.end()
  proxy.clock.advance(GRACE_MS - SPREAD_MS)
  await drained
})

test('the proxy ends: WebSockets and event streams leave before the deadline, which waits for nobody then', async (t) => {
  const { proxy, backend, client, endpoint } = await startWebSocket(t)
  const reader = await proxy.connect()
  const events = await stream(reader, backend, EVENTS)
  events.send(chunk('data: 1\n\n'))
  await reader.take('data: 1\n\n')
  const drained = proxy.plane.drain(GRACE_MS)
  client.send(maskedFrame('hello'))
  await endpoint.take('hello')
  proxy.clock.advance(SPREAD_MS)
  await client.take(GOING_AWAY)
  await endpoint.take(GOING_AWAY_MASKED)
  await reader.take('0\r\n\r\n')
  for (const peer of [client, endpoint, reader, events]) peer.end()
  await drained
  assert.deepEqual(
    proxy.log.map(({ fault }) => fault),
    [undefined, undefined],
  )
})
