/** What the judge says of tables that are written out; what it says of chance is test/property/canary.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET_COUNT, bucketOf } from '../../lib/log-buckets.ts'
import { Judge, quantileMs } from './judge.ts'

const SPEC = { errorTolerancePercent: 10, latencyTolerancePercent: 20 }

/** Requests of one second: how many, how many of them failed, and how long each took. */
type Second = readonly [requests: number, failures: number, ms?: number]

function judged(seconds: readonly (readonly [canary: Second, primary: Second])[], spec = SPEC) {
  const judge = new Judge(spec)
  const sums = [0, 1].map(() => ({ successes: 0, failures: 0, latencies: new Array<number>(BUCKET_COUNT).fill(0) }))
  const observe = () => {
    const [canary, primary] = sums.map((sum, i) => ({ ...sum, name: `${i}`, latencies: [...sum.latencies] }))
    judge.observe(canary!, primary!)
  }
  observe()
  for (const second of seconds) {
    for (const [i, [requests, failures, ms = 10]] of second.entries()) {
      sums[i]!.successes += requests - failures
      sums[i]!.failures += failures
      sums[i]!.latencies[bucketOf(ms)]! += requests
    }
    observe()
  }
  return judge.finding
}

const times = <T>(n: number, each: T): T[] => new Array<T>(n).fill(each)

test('a canary that fails where the primary does not is found by its fourth failure', () => {
  const second = [
    [5, 1],
    [45, 0],
  ] as const
  assert.equal(judged(times(2, second)).worse, undefined)
  assert.equal(judged(times(4, second)).worse, 'errors')
})

test('one bad second is not enough, however bad', () => {
  const bad = [
    [1_000, 1_000],
    [1_000, 0],
  ] as const
  assert.equal(judged([bad]).worse, undefined)
  assert.equal(judged(times(3, bad)).worse, 'errors')
})

test('what happens to both of them is no difference', () => {
  const good = [
    [50, 0],
    [50, 0],
  ] as const
  const outage = [
    [50, 40],
    [50, 40],
  ] as const
  assert.equal(judged([...times(60, good), ...times(60, outage), ...times(60, good)]).worse, undefined)
})

test('a canary that turns bad after a long good time is found as well', () => {
  const good = [
    [10, 0],
    [90, 1],
  ] as const
  const bad = [
    [10, 3],
    [90, 1],
  ] as const
  assert.equal(judged(times(3_600, good)).worse, undefined)
  assert.equal(judged([...times(3_600, good), ...times(20, bad)]).worse, 'errors')
})

test('a slower canary is found, one that is slower by less than is tolerated is not', () => {
  const second = (ms: number) =>
    [
      [10, 0, ms],
      [40, 0, 100],
    ] as const
  assert.equal(judged(times(60, second(250))).worse, 'latency')
  assert.equal(judged(times(600, second(115))).worse, undefined)
  assert.equal(judged(times(600, second(250)), { ...SPEC, latencyTolerancePercent: 0 }).worse, undefined)
})

test('fast answers may be a few milliseconds slower, however many times as slow that is', () => {
  const second = (ms: number) =>
    [
      [10, 0, ms],
      [40, 0, 1],
    ] as const
  assert.equal(judged(times(600, second(5))).worse, undefined)
  assert.equal(judged(times(60, second(12))).worse, 'latency')
})

test('what speaks against errors and what speaks against times is one purse', () => {
  const slow = [
    [10, 0, 250],
    [40, 0, 100],
  ] as const
  const failing = [
    [10, 1, 100],
    [40, 0, 100],
  ] as const
  const both = [
    [10, 1, 250],
    [40, 0, 100],
  ] as const
  const known = times(3, [
    [10, 0, 100],
    [40, 0, 100],
  ] as const)
  const secondsUntilFound = (second: Parameters<typeof judged>[0][number]) => {
    let n = 1
    while (judged([...known, ...times(n, second)]).worse === undefined) n++
    return n
  }
  assert.ok(secondsUntilFound(both) <= Math.min(secondsUntilFound(slow), secondsUntilFound(failing)))
  const { evidence } = judged([...known, ...times(2, both)])
  const sum = Math.exp(evidence.errors) + Math.exp(evidence.latency)
  assert.ok(Math.abs(Math.exp(evidence.total) / sum - 1) < 1e-9)
  const { total } = judged(known).evidence
  assert.ok(Math.abs(total) < 1e-9, 'it begins with one coin')
})

test('without requests of both there is nothing to compare', () => {
  for (const second of [
    [
      [50, 50],
      [0, 0],
    ],
    [
      [0, 0],
      [50, 0],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ] as const) {
    assert.equal(judged(times(100, second)).worse, undefined)
  }
})

test('numbers are those since it began to judge, also where counters wrap around', () => {
  const judge = new Judge(SPEC)
  const tally = (successes: number, failures: number) => {
    return { name: '', successes, failures, latencies: [failures] }
  }
  judge.observe(tally(2 ** 32 - 1, 5), tally(7, 7))
  judge.observe(tally(3, 7), tally(8, 7))
  const { canary, primary } = judge.finding
  assert.deepEqual([canary.requests, canary.failures, primary.requests, primary.failures], [6, 2, 1, 0])
  assert.deepEqual([quantileMs(primary, 0.5), typeof quantileMs(canary, 0.5)], [undefined, 'number'])
})
