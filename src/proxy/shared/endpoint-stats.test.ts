import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EndpointStats, endpointMemory, FAULT, GATEWAY_ERROR, SERVER_ERROR, since } from './endpoint-stats.ts'

/** Three workers and a supervisor over the same memory. */
function setUp() {
  const memory = endpointMemory(3, 4)
  const workers = [0, 1, 2].map((index) => new EndpointStats(memory, index))
  const supervisor = new EndpointStats(memory)
  const rows = (number: number) => workers.map((stats) => stats.row(number))
  return { supervisor, rows }
}

test('everybody sees what all workers have under way', () => {
  const { supervisor, rows } = setUp()
  const [a, b, c] = rows(1)
  a!.enter()
  b!.enter()
  b!.enter()
  a!.leave()
  assert.deepEqual([a!.inFlight, c!.inFlight, supervisor.row(1).inFlight], [2, 2, 2])
  assert.deepEqual([supervisor.row(0).inFlight, supervisor.row(2).inFlight], [0, 0])
})

test('what a dead worker had under way is forgotten, what it counted is not', () => {
  const { supervisor, rows } = setUp()
  const [a, b] = rows(1)
  a!.enter()
  b!.enter()
  b!.succeeded(3)
  supervisor.row(1).forget(1)
  assert.equal(a!.inFlight, 1)
  assert.equal(a!.tally.successes, 1)
})

test('a success ends every streak, whoever counted it', () => {
  const { rows } = setUp()
  const [a, b] = rows(2)
  a!.failed(FAULT)
  b!.failed(FAULT)
  assert.deepEqual(a!.streaks, [2, 2, 2])
  b!.succeeded(1)
  assert.deepEqual(a!.streaks, [0, 0, 0])
})

test('a failure counts as all that are less bad, and ends the streak of those that are worse', () => {
  const [row] = setUp().rows(2)
  row!.failed(FAULT)
  row!.failed(GATEWAY_ERROR)
  assert.deepEqual(row!.streaks, [2, 2, 0])
  row!.failed(SERVER_ERROR)
  assert.deepEqual(row!.streaks, [3, 0, 0])
})

test('an interval is the difference of two tallies', () => {
  const [a, b] = setUp().rows(1)
  a!.succeeded(5)
  const before = a!.tally
  b!.succeeded(2.5)
  a!.failed(SERVER_ERROR)
  assert.deepEqual(since(before, a!.tally), { successes: 1, failures: 1, latency: 25 })
})

test('counters may pass the end of their cells', () => {
  const before = { successes: 2 ** 31 - 1, failures: -1, latency: 0 }
  const now = { successes: -(2 ** 31), failures: 1, latency: 0 }
  assert.deepEqual(since(before, now), { successes: 1, failures: 2, latency: 0 })
})

test('a verdict is seen by all, ends the streaks, and is gone when the row begins anew', () => {
  const { supervisor, rows } = setUp()
  const [a] = rows(3)
  const verdicts = supervisor.row(3)
  verdicts.begin(1_234)
  a!.failed(FAULT)
  verdicts.eject(61_001, 2)
  assert.deepEqual([a!.readyAt, a!.ejectedUntil, a!.ejections, a!.streaks], [1_300, 61_100, 2, [0, 0, 0]])
  verdicts.begin(Number.NEGATIVE_INFINITY)
  assert.deepEqual([a!.ejectedUntil, a!.ejections, a!.tally.failures], [0, 0, 0])
  assert.ok(a!.readyAt < -100_000_000_000)
})

test('the epoch moves when it is said to', () => {
  const { supervisor } = setUp()
  const before = supervisor.epoch
  supervisor.announce()
  assert.notEqual(supervisor.epoch, before)
})
