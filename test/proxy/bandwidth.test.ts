/** Answers pass as fast as a limit allows, whoever sends and takes them, on a clock that the test moves. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arrives, assertNear, bandwidth, grant, KiB, RATE, secondsUntil, startPaced } from './bandwidth-world.ts'
import { startH2World } from './h2-client.ts'
import { eventually, get, ok, settled } from './harness.ts'

test('an answer passes a second of its rate at once, and then goes at the rate', async (t) => {
  const { proxy, backend, client } = await startPaced(t)
  backend.answer = () => ok('x'.repeat(80 * KiB))
  client.send(get())
  for (let second = 0; second < 4; second++) {
    await arrives(() => client.received, RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  proxy.clock.advance(500)
  const { status, body } = await client.message()
  assert.deepEqual([status, body.length], [200, 80 * KiB])
  assert.deepEqual([proxy.log[0]?.bytesSent, proxy.log[0]?.fault], [80 * KiB, undefined])
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'limited'), 1)
})

test('small answers add up: what is over the rate waits, complete as it is, and its head does not', async (t) => {
  const { proxy, backend, client } = await startPaced(t)
  backend.answer = () => ok('x'.repeat(8 * KiB))
  for (let n = 0; n < 2; n++) {
    client.send(get())
    await client.message()
  }
  client.send(get())
  await eventually('the head', () => client.text.includes('\r\n\r\n'))
  await arrives(() => client.received, RATE)
  proxy.clock.advance(1_000)
  assert.equal((await client.message()).body.length, 8 * KiB)
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'passed'), 2)
})

test('all that one client asks for shares the rate, in turns; another client has its own', async (t) => {
  const { proxy, backend, client } = await startPaced(t, bandwidth({ on: ['header:X-Key'] }))
  backend.answer = () => ok('x'.repeat(256 * KiB))
  const [second, other] = [await proxy.connect(), await proxy.connect()]
  const all = () => client.received + second.received + other.received
  client.send(get('/', 'X-Key: a'))
  second.send(get('/', 'X-Key: a'))
  other.send(get('/', 'X-Key: b'))
  await arrives(all, 2 * RATE)
  for (let n = 0; n < 40; n++) {
    proxy.clock.advance(100)
    await settled(all)
  }
  await eventually('both shares', () => all() >= 9 * RATE)
  assertNear(client.received + second.received, 5 * RATE)
  assertNear(other.received, 5 * RATE)
  for (const { received } of [client, second]) assert.ok(received > 1.5 * RATE, `${received} of ${5 * RATE}`)
})

test('an endpoint is not read faster than its answer is sent on', async (t) => {
  const { backend, client } = await startPaced(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  const length = 64 * KiB * KiB
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`, 'x'.repeat(length))
  await arrives(() => client.received, RATE)
  assert.ok(connection.socket.writableLength > length / 4, `${connection.socket.writableLength} wait at the endpoint`)
})

test('a rate that changes holds for what is under way', async (t) => {
  const { proxy, backend, client } = await startPaced(t)
  backend.answer = () => ok('x'.repeat(512 * KiB))
  client.send(get())
  await arrives(() => client.received, RATE)
  grant(t, proxy, 256 * KiB)
  for (let n = 0; n < 40; n++) {
    proxy.clock.advance(100)
    await settled(() => client.received)
  }
  assert.equal((await client.message()).body.length, 512 * KiB)
})

test('a slow rate outlasts the patience that both sides have for each other', async (t) => {
  const { proxy, backend, client } = await startPaced(t, bandwidth(), { rate: KiB })
  backend.answer = () => ok('x'.repeat(200 * KiB))
  client.send(get())
  await arrives(() => client.received, KiB)
  assert.ok((await secondsUntil(() => client.received > 200 * KiB, proxy)) >= 195)
  assert.equal((await client.message()).body.length, 200 * KiB)
  assert.equal(proxy.log[0]?.fault, undefined)
})

test('answers by HTTP/2 go at the rate too', async (t) => {
  const { proxy, backend, client } = await startH2World(t, 'TCP', { filters: [bandwidth()] })
  grant(t, proxy)
  backend.answer = () => ok('x'.repeat(64 * KiB))
  const answer = client.ask()
  for (let second = 0; second < 3; second++) {
    await arrives(() => answer.body.length, RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  proxy.clock.advance(500)
  await eventually('all of it', () => answer.ended)
  assert.equal(answer.body.length, 64 * KiB)
})
