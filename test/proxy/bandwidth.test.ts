/** Bodies pass as fast as a limit allows, whoever sends and takes them, on a clock that the test moves. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { FilterSpec } from '../../src/model/filter.ts'
import type { RateLimitSpec, RateLimitUse } from '../../src/model/rate-limit.ts'
import { entryOf } from '../../src/model/snapshot.ts'
import { LimitTables } from '../../src/proxy/supervisor/limit-tables.ts'
import { startH2World } from './h2-client.ts'
import { eventually, get, ok, post, settled, startWorld, type TestProxy } from './harness.ts'

const KiB = 1024
const NAME = 'shop/fair/bytes'
const RATE = 16 * KiB
/** Heads of answers, and what a tick may be late: two of them. */
const TOLERANCE = 4 * KiB

type Filter = Extract<FilterSpec, { kind: 'rate-limit' }>

function filterOf(use: Partial<RateLimitUse> = {}, more: Partial<Filter> = {}): Filter {
  const networks = { ipv4: 32, ipv6: 64 }
  const limits = [{ limit: NAME, kind: 'bandwidth', on: ['client'], networks, cost: 1, ...use }] as const
  return { kind: 'rate-limit', limits, exempt: [], shadow: false, answer: { status: 429, fields: [] }, ...more }
}

/** Gives the limit its memory, as the supervisor would, or another rate. */
function grant(t: TestContext, { plane, clock }: TestProxy, bytesPerSecond = RATE): void {
  const tables = new LimitTables({ clock, random: () => 0.5, workers: 1 })
  t.after(() => tables.stop())
  const spec: RateLimitSpec = { kind: 'bandwidth', bytesPerSecond, keys: 64 }
  const update = { revision: 1, upserts: [entryOf('rateLimit', NAME, spec)], removals: [] }
  plane.apply({ ...update, upserts: [] }, { rows: [], canaries: [], limits: tables.update(update) })
}

async function setUp(t: TestContext, use?: Partial<RateLimitUse>, more?: Partial<Filter>) {
  const world = await startWorld(t, { filters: [filterOf(use, more)] })
  grant(t, world.proxy)
  return world
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= TOLERANCE, `${actual}, expected about ${expected}`)
}

test('an answer passes a second of its rate at once, and then goes at the rate', async (t) => {
  const { proxy, backend, client } = await setUp(t)
  backend.answer = () => ok('x'.repeat(80 * KiB))
  client.send(get())
  for (let second = 0; second < 4; second++) {
    assertNear(await settled(() => client.received), RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  proxy.clock.advance(500)
  const { status, body } = await client.message()
  assert.deepEqual([status, body.length], [200, 80 * KiB])
  assert.deepEqual([proxy.log[0]?.bytesSent, proxy.log[0]?.fault], [80 * KiB, undefined])
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'limited'), 1)
})

test('small answers add up: what is over the rate waits, complete as it is', async (t) => {
  const { proxy, backend, client } = await setUp(t)
  backend.answer = () => ok('x'.repeat(8 * KiB))
  for (let n = 0; n < 2; n++) {
    client.send(get())
    await client.message()
  }
  client.send(get())
  await eventually('the head', () => client.text.includes('\r\n\r\n'))
  assertNear(await settled(() => client.received), RATE)
  proxy.clock.advance(1_000)
  assert.equal((await client.message()).body.length, 8 * KiB)
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'passed'), 2)
})

test('all that one client asks for shares the rate, in turns; another client has its own', async (t) => {
  const { proxy, backend, client } = await setUp(t, { on: ['header:X-Key'] })
  backend.answer = () => ok('x'.repeat(256 * KiB))
  const [second, other] = [await proxy.connect(), await proxy.connect()]
  client.send(get('/', 'X-Key: a'))
  second.send(get('/', 'X-Key: a'))
  other.send(get('/', 'X-Key: b'))
  await settled(() => client.received + second.received + other.received)
  for (let n = 0; n < 40; n++) {
    proxy.clock.advance(100)
    await settled(() => client.received + second.received + other.received)
  }
  assertNear(client.received + second.received, 5 * RATE)
  assertNear(other.received, 5 * RATE)
  for (const { received } of [client, second]) assert.ok(received > 1.5 * RATE, `${received} of ${5 * RATE}`)
})

test('an endpoint is not read faster than its answer is sent on', async (t) => {
  const { backend, client } = await setUp(t)
  client.send(get())
  const connection = await backend.accept()
  await connection.message()
  const length = 64 * KiB * KiB
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`, 'x'.repeat(length))
  await settled(() => connection.socket.writableLength)
  assert.ok(connection.socket.writableLength > length / 4, `${connection.socket.writableLength} wait at the endpoint`)
  assertNear(await settled(() => client.received), RATE)
})

test('a request body goes at the rate, and its client waits', async (t) => {
  const { proxy, backend, client } = await setUp(t, { direction: 'request' })
  client.send(post('x'.repeat(80 * KiB)))
  const connection = await backend.accept()
  await settled(() => connection.received)
  let steps = 0
  while (connection.text.length < 80 * KiB) {
    proxy.clock.advance(100)
    steps++
    await settled(() => connection.received)
    const most = RATE * (1 + steps / 10) + 64 * KiB
    assert.ok(connection.received <= most, `${connection.received} after ${steps} ticks`)
  }
  assert.equal((await connection.message()).body.length, 80 * KiB)
  connection.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  // It is paid for by who comes next.
  client.send(post('y'.repeat(KiB)))
  assert.equal(await settled(() => (connection.text.includes('\r\n\r\ny') ? 1 : 0)), 0)
  proxy.clock.advance(5_000)
  assert.equal((await connection.message()).body.length, KiB)
})

test('a client that leaves meanwhile is not sent to any more, and what it did not get is not counted', async (t) => {
  const { proxy, backend, client } = await setUp(t)
  backend.answer = () => ok('x'.repeat(48 * KiB))
  client.send(get())
  assertNear(await settled(() => client.received), RATE)
  client.reset()
  const entry = await eventually('a line of it', () => proxy.log[0])
  assert.equal(entry.fault, 'client-gone')
  assertNear(entry.bytesSent, RATE)
  proxy.clock.advance(10_000)
})

test('a shadow slows nobody, and counts whom it would', async (t) => {
  const { proxy, backend, client } = await setUp(t, {}, { shadow: true })
  backend.answer = () => ok('x'.repeat(80 * KiB))
  client.send(get())
  assert.equal((await client.message()).body.length, 80 * KiB)
  assert.equal(proxy.sample('sluice_rate_limit_decisions', 'fair', 'shadowed'), 1)
})

test('exempt addresses, requests that are not meant and a limit without memory are not slowed', async (t) => {
  for (const [use, more] of [
    [{}, { exempt: ['127.0.0.0/8'] }],
    [{ when: { methods: ['POST'] } }, {}],
    [{ limit: 'shop/fair/unknown' }, {}],
  ] as const) {
    const { backend, client } = await setUp(t, use, more)
    backend.answer = () => ok('x'.repeat(80 * KiB))
    client.send(get())
    assert.equal((await client.message()).body.length, 80 * KiB)
  }
})

test('a rate that changes holds for what is under way', async (t) => {
  const { proxy, backend, client } = await setUp(t)
  backend.answer = () => ok('x'.repeat(512 * KiB))
  client.send(get())
  assertNear(await settled(() => client.received), RATE)
  grant(t, proxy, 256 * KiB)
  for (let n = 0; n < 40; n++) {
    proxy.clock.advance(100)
    await settled(() => client.received)
  }
  assert.equal((await client.message()).body.length, 512 * KiB)
})

test('answers by HTTP/2 go at the rate too', async (t) => {
  const { proxy, backend, client } = await startH2World(t, 'TCP', { filters: [filterOf()] })
  grant(t, proxy)
  backend.answer = () => ok('x'.repeat(64 * KiB))
  const answer = client.ask()
  for (let second = 0; second < 3; second++) {
    assertNear(await settled(() => answer.body.length), RATE * (second + 1))
    proxy.clock.advance(1_000)
  }
  proxy.clock.advance(500)
  await eventually('all of it', () => answer.ended)
  assert.equal(answer.body.length, 64 * KiB)
})
