/** WebSockets over HTTP/2 (RFC 8441), to endpoints that speak HTTP/1.1. */
import assert from 'node:assert/strict'
import { type Answered, type H2World, overBoth } from './h2-client.ts'
import { eventually, ok } from './harness.ts'
import type { Peer } from './peer.ts'
import { frame, GOING_AWAY, GOING_AWAY_MASKED, maskedFrame, SWITCHED, switchedFor } from './websocket.ts'

const CONNECT = { method: 'CONNECT', path: '/ws', headers: { ':scheme': 'http', ':protocol': 'websocket' }, open: true }

async function open({ backend, client }: H2World): Promise<{ socket: Answered; endpoint: Peer }> {
  const socket = client.ask(CONNECT)
  const endpoint = await backend.accept()
  endpoint.send(switchedFor(await endpoint.message()))
  await socket.head()
  assert.equal(socket.status, 200)
  return { socket, endpoint }
}

overBoth('it becomes an upgrade, and frames pass both ways', async (world) => {
  const { client, backend, proxy } = world
  const socket = client.ask({ ...CONNECT, headers: { ...CONNECT.headers, 'sec-websocket-version': '13' } })
  socket.stream.write(maskedFrame('early'), 'latin1')
  const endpoint = await backend.accept()
  const request = await endpoint.message()
  const { start, fields } = request
  assert.equal(start, 'GET /ws HTTP/1.1')
  assert.deepEqual([fields.get('upgrade'), fields.get('connection')], ['websocket', 'Upgrade'])
  assert.equal(Buffer.from(fields.get('sec-websocket-key')!, 'base64').length, 16)
  endpoint.send(switchedFor(request).replace(/\r\n$/, 'Sec-WebSocket-Protocol: chat\r\n\r\n'), frame('hello'))
  await eventually('the first frame', () => socket.body === frame('hello'))
  assert.deepEqual(
    [socket.status, socket.headers!['sec-websocket-protocol'], socket.headers!['sec-websocket-accept']],
    [200, 'chat', undefined],
  )
  await endpoint.take('early')
  const large = 'x'.repeat(300_000)
  socket.stream.write(large)
  await eventually('a large frame', () => endpoint.text.length === large.length)
  endpoint.send(large)
  await eventually('the same back', () => socket.body.length === frame('hello').length + large.length)
  endpoint.end()
  await eventually('its end', () => socket.ended)
  socket.stream.end()
  await eventually('a log line', () => proxy.log.length === 1)
  assert.deepEqual([proxy.log[0]!.status, proxy.log[0]!.fault], [101, undefined])
})

overBoth('a client that resets it ends the connection to its endpoint', async (world) => {
  const { socket, endpoint } = await open(world)
  socket.stream.close(8)
  await endpoint.atEnd()
  await eventually('a log line', () => world.proxy.log.length === 1)
})

overBoth('an endpoint that breaks off resets the stream', async (world) => {
  const { socket, endpoint } = await open(world)
  endpoint.reset()
  await eventually('its end', () => socket.closed)
})

overBoth('an endpoint that does not agree', async ({ backend, client, proxy }) => {
  backend.answer = ({ start }) =>
    start.includes('/no') ? 'HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno' : ok('what?')
  const refused = client.ask({ ...CONNECT, path: '/no' })
  await refused.head()
  assert.equal(refused.status, 403)
  const success = client.ask(CONNECT)
  await success.head()
  await eventually('its end', () => success.ended)
  assert.deepEqual([success.status, success.body], [502, ''])
  assert.deepEqual(
    proxy.log.map(({ status }) => status),
    [403, 502],
  )
})

overBoth('an endpoint that switches without having read our key', async ({ backend, client, proxy }) => {
  for (const switched of [SWITCHED, SWITCHED.replace(/\r\n$/, 'Sec-WebSocket-Accept: x\r\n\r\n')]) {
    const socket = client.ask(CONNECT)
    const endpoint = await backend.accept()
    await endpoint.message()
    endpoint.send(switched, frame('hello'))
    await socket.head()
    await eventually('its end', () => socket.ended)
    assert.deepEqual([socket.status, socket.body.includes('hello')], [502, false])
    await endpoint.atEnd()
  }
  assert.deepEqual(
    proxy.log.map(({ status, fault }) => [status, fault]),
    [
      [502, 'upstream-invalid'],
      [502, 'upstream-invalid'],
    ],
  )
})

overBoth('other protocols, and CONNECT without one, are not served', async ({ client }) => {
  const other = client.ask({ ...CONNECT, headers: { ...CONNECT.headers, ':protocol': 'connect-udp' } })
  assert.equal((await other.head()).status, 501)
})

overBoth('silence ends it', async (world) => {
  const { socket, endpoint } = await open(world)
  world.proxy.clock.advance(3_600_000 + 1_000)
  await endpoint.atEnd()
  await eventually('its end', () => socket.closed)
})

overBoth('a drain closes it with 1001 between frames, in both directions', async (world) => {
  const { socket, endpoint } = await open(world)
  const drained = world.proxy.plane.drain(30_000)
  socket.stream.write(maskedFrame('still there'), 'latin1')
  await endpoint.take('still there')
  world.proxy.clock.advance(24_000)
  await eventually('1001', () => socket.body === GOING_AWAY)
  await endpoint.take(GOING_AWAY_MASKED)
  socket.stream.end('\x88\x82\0\0\0\0\x03\xe9', 'latin1')
  endpoint.send('\x88\x00')
  endpoint.end()
  await eventually('its end', () => socket.ended)
  world.proxy.clock.advance(5_000)
  await drained
})
