/** Upgraded connections: a tunnel after 101 and only then, both ways, with backpressure, until one side ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Backend, eventually, get, ok, type Peer, settled, startWorld, type TestProxy } from './harness.ts'
import { assertHeld, heldBytes } from './memory.ts'
import { Pattern } from './pattern.ts'

const MiB = 1024 * 1024
const ASK = get('/ws', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x')
const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Mine: 1\r\n\r\n'

async function upgraded(client: Peer, backend: Backend): Promise<Peer> {
  client.send(ASK)
  const connection = await backend.accept()
  await connection.message()
  connection.send(SWITCH)
  assert.equal((await client.message()).status, 101)
  return connection
}

const busyUpstreams = (proxy: TestProxy) => proxy.sample('sluice_upstream_connections', 'busy')

test('bytes pass both ways after 101', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  client.send(ASK)
  const connection = await backend.accept()
  const { fields } = await connection.message()
  assert.deepEqual([fields.get('connection'), fields.get('upgrade')], ['Upgrade', 'websocket'])
  assert.equal(fields.get('sec-websocket-key'), 'x')
  connection.send(`${SWITCH}early`)
  const answer = await client.message()
  assert.deepEqual(Object.fromEntries(answer.fields), { connection: 'Upgrade', upgrade: 'websocket', 'x-mine': '1' })
  await client.take('early')
  client.send('ping\r\n\r\n\0\xff')
  await connection.take('ping\r\n\r\n\0\xff')
  connection.send('pong')
  await client.take('pong')
  assert.equal(proxy.log.length, 0)
  client.reset()
  await connection.atEnd()
  const [entry] = await eventually('the log', () => proxy.log.length > 0 && proxy.log)
  assert.deepEqual([entry?.status, entry?.fault, entry?.endpoint], [101, undefined, backend.id])
})

test('what the client sends before 101 waits for it', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(`${ASK}impatient`)
  const connection = await backend.accept()
  await connection.message()
  assert.equal(await settled(() => connection.text.length), 0)
  connection.send(SWITCH)
  await connection.take('impatient')
})

test('an endpoint that does not switch answers a request like any other', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(ASK, get('/next'))
  const connection = await backend.accept()
  await connection.message()
  connection.send(ok('no'))
  assert.equal((await client.message()).body, 'no')
  const next = await backend.accept()
  assert.equal((await next.message()).start, 'GET /next HTTP/1.1')
  next.send(ok('next'))
  assert.equal((await client.message()).body, 'next')
})

for (const [why, answer] of [
  ['a protocol that was not offered', SWITCH.replace('Upgrade: websocket', 'Upgrade: h2c')],
  ['no protocol', SWITCH.replace('Upgrade: websocket\r\n', '')],
] as const) {
  test(`a switch to ${why} is a fault of the endpoint`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    client.send(ASK)
    const connection = await backend.accept()
    await connection.message()
    connection.send(answer)
    assert.equal((await client.message()).status, 502)
    await connection.atEnd()
    assert.equal(proxy.log[0]?.fault, 'upstream-invalid')
  })
}

for (const first of ['client', 'endpoint'] as const) {
  test(`the ${first} may end its side and still listen`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    const connection = await upgraded(client, backend)
    const [one, other] = first === 'client' ? [client, connection] : [connection, client]
    one.send('last words')
    one.end()
    await other.take('last words')
    await other.atEnd()
    other.send('x'.repeat(300_000))
    other.end()
    await one.atClose()
    assert.equal(one.text, 'x'.repeat(300_000))
    await eventually('the end of the exchange', () => proxy.log.length === 1)
    assert.equal(busyUpstreams(proxy), 0)
  })

  test(`a reset of the ${first} ends the other side`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    const connection = await upgraded(client, backend)
    const [one, other] = first === 'client' ? [client, connection] : [connection, client]
    one.reset()
    await other.atEnd()
    await eventually('the end of the exchange', () => proxy.log.length === 1)
    assert.equal(busyUpstreams(proxy), 0)
  })
}

test('a client that had ended its side before 101 is listened to no more', async (t) => {
  const { backend, client } = await startWorld(t)
  client.send(ASK)
  client.end()
  const connection = await backend.accept()
  await connection.message()
  await settled(() => client.received)
  connection.send(SWITCH)
  await connection.atEnd()
  connection.send('still talking')
  connection.end()
  assert.equal((await client.message()).status, 101)
  await client.atEnd()
  assert.equal(client.text, 'still talking')
})

test('16 MiB pass byte for byte, both ways at once', async (t) => {
  const { backend, client } = await startWorld(t)
  const connection = await upgraded(client, backend)
  const [toClient, toEndpoint] = [new Pattern(16 * MiB, 1), new Pattern(16 * MiB, 2)]
  toClient.check(client)
  toEndpoint.check(connection)
  toClient.pump(connection)
  toEndpoint.pump(client)
  await eventually('everything', () => toClient.complete && toEndpoint.complete)
})

for (const slow of ['client', 'endpoint'] as const) {
  test(`a slow ${slow} holds the other side back`, async (t) => {
    const { backend, client } = await startWorld(t)
    const connection = await upgraded(client, backend)
    const [reader, writer] = slow === 'client' ? [client, connection] : [connection, client]
    reader.socket.pause()
    const pattern = new Pattern(64 * MiB, 3)
    const before = heldBytes()
    pattern.check(reader)
    pattern.pump(writer)
    const stuck = await settled(() => pattern.sent(writer))
    assert.ok(stuck < 48 * MiB, `${stuck} bytes were taken from the writer`)
    await assertHeld(before, MiB / 2)
    reader.socket.resume()
    await eventually('everything', () => pattern.complete)
  })
}

test('a tunnel survives updates, also those that take away its route and its endpoint', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const connection = await upgraded(client, backend)
  const echo = async (word: string): Promise<void> => {
    client.send(word)
    await connection.take(word)
    connection.send(word)
    await client.take(word)
  }
  await echo('one')
  proxy.route({ host: 'other.test', cluster: 'shop/other:80' }).endpoints([], 'shop/other:80').apply()
  await echo('two')
  proxy.endpoints([]).apply()
  await echo('three')
  proxy.unroute('*').apply()
  await echo('four')
  assert.equal(proxy.log.length, 0)
})

test('no deadline of requests ends a tunnel, but silence does', async (t) => {
  const { proxy, backend, client } = await startWorld(t, { timeouts: { requestMs: 1000, responseGapMs: 1000 } })
  proxy.settings({ timeouts: { tunnelIdleMs: 600_000 } }).apply()
  const connection = await upgraded(client, backend)
  proxy.clock.advance(599_000)
  client.send('ping')
  await connection.take('ping')
  proxy.clock.advance(599_000)
  assert.equal(client.ended, false)
  proxy.clock.advance(2_000)
  await client.atEnd()
  await connection.atEnd()
  assert.equal(proxy.log.length, 1)
})
