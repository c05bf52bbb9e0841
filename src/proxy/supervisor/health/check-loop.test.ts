import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../lib/clock.ts'
import type { CheckSpec } from '../../../model/health.ts'
import type { Complaint } from './check.ts'
import { CheckLoop } from './check-loop.ts'

const SPEC: CheckSpec = {
  probe: { kind: 'tcp' },
  ...{ intervalMs: 10_000, timeoutMs: 2_000, healthyThreshold: 1, unhealthyThreshold: 2, jitterPercent: 0 },
}

/** A loop whose questions the test answers. */
function setUp(spec: Partial<CheckSpec> = {}, chance = 0.5) {
  const clock = new FakeClock()
  const asked: { at: number; signal: AbortSignal; answer: (complaint: Complaint) => void }[] = []
  const heard: Complaint[] = []
  const loop = new CheckLoop(
    { ...SPEC, ...spec },
    {
      ...{ target: { address: '10.0.0.1', port: 80 }, isUnhealthy: false, clock, random: () => chance },
      ask: (_target, _probe, signal) => {
        const { promise, resolve } = Promise.withResolvers<Complaint>()
        asked.push({ at: clock.now(), signal, answer: resolve })
        return promise
      },
      onAnswer: (complaint) => heard.push(complaint),
    },
  )
  const answer = async (complaint?: string) => {
    asked.at(-1)!.answer(complaint)
    await Promise.resolve()
    await Promise.resolve()
  }
  const times = () => asked.map(({ at }) => at)
  return { clock, loop, asked, heard, answer, times }
}

test('the first question comes by chance within the interval, the others an interval apart', async () => {
  const { clock, answer, times } = setUp()
  clock.advance(5_000)
  clock.advance(1_000)
  await answer()
  clock.advance(9_000)
  await answer()
  clock.advance(10_000)
  assert.deepEqual(times(), [5_000, 15_000, 25_000])
})

test('jitter makes intervals longer or shorter by that much', async () => {
  const late = setUp({ jitterPercent: 20 }, 0.75)
  late.clock.advance(7_500)
  await late.answer()
  late.clock.advance(12_000)
  assert.deepEqual(late.times(), [7_500, 18_500])
})

test('no answer in time is a bad one, and a late one is not heard', async () => {
  const { clock, asked, heard, loop, times } = setUp()
  clock.advance(7_000)
  assert.deepEqual(heard, ['no answer within 2000 ms'])
  assert.ok(asked[0]!.signal.aborted)
  asked[0]!.answer(undefined)
  await Promise.resolve()
  clock.advance(8_000)
  assert.deepEqual(times(), [5_000, 15_000])
  clock.advance(2_000)
  assert.deepEqual([heard.length, loop.health, loop.lastComplaint], [2, 'unhealthy', 'no answer within 2000 ms'])
})

test('a question that takes longer than the interval is followed by the next at once, never by two', async () => {
  const { clock, answer, times } = setUp({ intervalMs: 1_000, timeoutMs: 5_000 })
  clock.advance(3_500)
  await answer()
  clock.advance(0)
  assert.deepEqual(times(), [500, 3_500])
})

test('once it is stopped nothing is asked and nothing is heard, also of the question under way', async () => {
  const { clock, loop, asked, heard, answer } = setUp()
  clock.advance(5_000)
  loop.stop()
  assert.ok(asked[0]!.signal.aborted)
  await answer('too late')
  clock.advance(60_000)
  assert.deepEqual([asked.length, heard.length], [1, 0])
})

test('a check that breaks is a bad answer', async () => {
  const clock = new FakeClock()
  const heard: Complaint[] = []
  new CheckLoop(SPEC, {
    ...{ target: { address: '10.0.0.1', port: 80 }, isUnhealthy: false, clock, random: () => 0 },
    ask: () => Promise.reject(new Error('a defect')),
    onAnswer: (complaint) => heard.push(complaint),
  })
  clock.advance(0)
  for (let n = 0; n < 4; n++) await Promise.resolve()
  assert.deepEqual(heard, ['Error: a defect'])
})
