/** How tunnels end: an end of one side is an end for the other, behind all that came before it; a break is a break. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type H2World, overBoth } from './h2-client.ts'
import { type Backend, eventually, type Peer, settled, startWorld } from './harness.ts'
import { SWITCHED, switchedFor, UPGRADE } from './websocket.ts'

/** More than all buffers on the way hold. */
const LARGE = 'x'.repeat(8_000_000)

async function upgraded(client: Peer, backend: Backend): Promise<Peer> {
  client.send(UPGRADE)
  const endpoint = await backend.accept()
  await endpoint.message()
  endpoint.send(SWITCHED)
  assert.equal((await client.message()).status, 101)
  return endpoint
}

test('a client that has ended its side, and reads slowly, gets all that the endpoint sent before its end', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await upgraded(client, backend)
  client.end()
  await endpoint.atEnd()
  client.socket.pause()
  endpoint.send(LARGE)
  endpoint.end()
  await settled(() => endpoint.socket.bytesWritten - endpoint.socket.writableLength)
  client.socket.resume()
  await client.atEnd()
  assert.deepEqual([client.text.length, client.error], [LARGE.length, undefined])
  await eventually('a log line', () => proxy.log.length === 1)
})

test('an endpoint that has ended its side, and reads slowly, gets all that the client sent before its end', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await upgraded(client, backend)
  endpoint.end()
  await client.atEnd()
  endpoint.socket.pause()
  client.send(LARGE)
  client.end()
  await settled(() => client.socket.bytesWritten - client.socket.writableLength)
  endpoint.socket.resume()
  await endpoint.atEnd()
  assert.deepEqual([endpoint.text.length, endpoint.error], [LARGE.length, undefined])
  await eventually('a log line', () => proxy.log.length === 1)
})

test('a break of one side is a break for the other', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const endpoint = await upgraded(client, backend)
  client.reset()
  await endpoint.atClose()
  assert.equal(endpoint.error, 'ECONNRESET')
  const other = await proxy.connect()
  const next = await upgraded(other, backend)
  next.reset()
  await other.atClose()
  assert.equal(other.error, 'ECONNRESET')
  await eventually('log lines', () => proxy.log.length === 2)
})

async function connected({ backend, client }: H2World) {
  const headers = { ':scheme': 'http', ':protocol': 'websocket' }
  const socket = client.ask({ method: 'CONNECT', path: '/ws', headers, open: true })
  const endpoint = await backend.accept()
  endpoint.send(switchedFor(await endpoint.message()))
  await socket.head()
  return { socket, endpoint }
}

overBoth('HTTP/2: a client that has ended its side, and reads slowly, gets all of it', async (world) => {
  const { socket, endpoint } = await connected(world)
  socket.stream.end()
  await endpoint.atEnd()
  socket.stream.pause()
  endpoint.send(LARGE)
  endpoint.end()
  await settled(() => endpoint.socket.bytesWritten - endpoint.socket.writableLength)
  socket.stream.resume()
  await eventually('the end', () => socket.closed)
  assert.deepEqual([socket.body.length, socket.error, socket.stream.rstCode], [LARGE.length, undefined, 0])
  await eventually('a log line', () => world.proxy.log.length === 1)
})

overBoth('HTTP/2: an endpoint that has ended its side, and reads slowly, gets all of it', async (world) => {
  const { socket, endpoint } = await connected(world)
  endpoint.end()
  await eventually('its end', () => socket.ended)
  endpoint.socket.pause()
  const piece = LARGE.slice(0, 50_000)
  for (let at = 0; at < LARGE.length; at += piece.length) socket.stream.write(piece)
  socket.stream.end()
  await settled(() => socket.stream.writableLength)
  endpoint.socket.resume()
  await endpoint.atEnd()
  assert.deepEqual([endpoint.text.length, endpoint.error], [LARGE.length, undefined])
})

overBoth('HTTP/2: a stream that is reset is a connection that breaks, and the other way about', async (world) => {
  const { socket, endpoint } = await connected(world)
  // `close` would end it before.
  socket.stream.destroy(new Error('enough'))
  await endpoint.atClose()
  assert.equal(endpoint.error, 'ECONNRESET')
  const next = await connected(world)
  next.endpoint.reset()
  await eventually('its end', () => next.socket.closed)
  assert.equal(next.socket.stream.rstCode, 8)
})
