/** Interim answers (1xx) on their way through. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, get, ok, type Peer, settled, startWorld } from './harness.ts'

const HINTS = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n'
const PROCESSING = 'HTTP/1.1 102 Processing\r\n\r\n'

/** Sends interim answers as fast as they are taken, 64 MiB at most. @returns the bytes taken until it came to a stop. */
async function flood(connection: Peer): Promise<number> {
  const piece = Buffer.from(HINTS.repeat(4000))
  let taken = 0
  const next = (): void => {
    taken += piece.length
    if (taken < 64 * 1024 * 1024) connection.socket.write(piece, next)
  }
  connection.socket.write(piece, next)
  return settled(() => taken)
}

test('interim answers pass at once and in order, before the final one is there', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(HINTS)
  const hints = await client.message()
  assert.deepEqual([hints.status, hints.fields.get('link')], [103, '</a.css>; rel=preload'])
  connection.send(PROCESSING, HINTS)
  assert.equal((await client.message()).status, 102)
  assert.equal((await client.message()).status, 103)
  connection.send(ok('final'))
  assert.equal((await client.message()).body, 'final')
  assert.deepEqual([proxy.log.length, proxy.log[0]?.status], [1, 200])
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
})

test('interim and final answers in one piece are told apart', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send(HINTS, PROCESSING, ok('final'))
  const statuses = [await client.message(), await client.message(), await client.message()].map(({ status }) => status)
  assert.deepEqual(statuses, [103, 102, 200])
})

test('a client that does not read them holds the endpoint back', async (t) => {
  const { backend, client } = await startWorld(t)
  client.socket.pause()
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  const taken = await flood(connection)
  assert.ok(taken < 32 * 1024 * 1024, `${taken} bytes were taken from the endpoint`)
  connection.send(ok('final'))
  let text = ''
  client.onBytes = (bytes) => {
    text = text.slice(-100) + bytes.toString('latin1')
  }
  client.socket.resume()
  await eventually('the answer', () => text.endsWith('\r\n\r\nfinal'))
})

test('a client that does not read them is dropped, although there is no answer yet that it could be told', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { responseGapMs: 0 } })
  client.socket.pause()
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  await flood(connection)
  proxy.clock.advance(61_000)
  await connection.atClose()
  assert.deepEqual([proxy.log.length, proxy.log[0]?.fault], [1, 'client-stalled'])
  assert.deepEqual([proxy.sample('sluice_connections', 'idle'), proxy.sample('sluice_connections', 'busy')], [0, 0])
})

test('an HTTP/1.0 client knows none and gets none', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send('GET / HTTP/1.0\r\nHost: a.test\r\n\r\n')
  const connection = await backend.accept()
  await connection.message()
  connection.send(HINTS, ok('final'))
  assert.equal((await client.message()).body, 'final')
})

test('a 101 that nobody asked for is a fault of the endpoint', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  assert.equal((await client.message()).status, 502)
  assert.equal(proxy.log[0]?.fault, 'upstream-invalid')
  await connection.atEnd()
})

test('fields of the hop to the endpoint stay there', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  connection.send('HTTP/1.1 103 Early Hints\r\nConnection: X-Mine\r\nKeep-Alive: 5\r\nLink: x\r\nX-Mine: 1\r\n\r\n')
  const { fields } = await client.message()
  assert.deepEqual([...fields.keys()], ['link'])
  connection.send('HTTP/1.1 200 OK\r\nConnection: X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n')
  const final = await client.message()
  assert.deepEqual([...final.fields.keys()].sort(), ['content-length', 'date'])
})
