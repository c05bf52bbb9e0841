import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_OUTLIER, type OutlierSpec } from '../../model/cluster.ts'
import { type Interval, judge, type Observation } from './outlier.ts'

const NOW = 1_000_000
const NEVER: OutlierSpec = { ...DEFAULT_OUTLIER, consecutiveFaults: 0, maxEjectedPercent: 100 }

const well: Observation = { streaks: [0, 0, 0], ejectedUntil: 0, ejections: 0 }
const streak = (...streaks: Observation['streaks']): Observation => ({ ...well, streaks })
const faults = (count: number): Observation => streak(count, count, count)
const counted = (interval: Partial<Interval>): Observation => {
  return { ...well, interval: { successes: 0, failures: 0, latencyMs: 1, ...interval } }
}

/** Numbers of those that are ejected, the worst first. */
function ejected(seen: readonly Observation[], spec: Partial<OutlierSpec> = {}, base = NEVER): readonly number[] {
  return judge(seen, { ...base, ...spec }, NOW).verdicts.map(({ endpoint }) => endpoint)
}

test('nobody is ejected who did nothing', () => assert.deepEqual(ejected([well, well], {}, DEFAULT_OUTLIER), []))

test('five faults in a row are enough unless something else is asked for, answers of the application are not', () => {
  assert.deepEqual(ejected([faults(4), well], {}, DEFAULT_OUTLIER), [])
  assert.deepEqual(ejected([faults(5), well], {}, DEFAULT_OUTLIER), [0])
  assert.deepEqual(ejected([streak(1000, 1000, 0), well], {}, DEFAULT_OUTLIER), [])
})

test('each kind of streak has its limit, and its name', () => {
  const reason = (seen: Observation, spec: Partial<OutlierSpec>) =>
    judge([seen, well], { ...NEVER, ...spec }, NOW).verdicts.map((verdict) => verdict.reason)
  assert.deepEqual(reason(faults(3), { consecutiveFaults: 3 }), ['consecutive-faults'])
  assert.deepEqual(reason(streak(3, 3, 0), { consecutiveGatewayErrors: 3 }), ['consecutive-gateway-errors'])
  assert.deepEqual(reason(streak(3, 0, 0), { consecutive5xx: 3 }), ['consecutive-5xx'])
  assert.deepEqual(reason(streak(3, 2, 0), { consecutiveGatewayErrors: 3 }), [])
})

test('a lone endpoint is never ejected, and neither is the last one', () => {
  assert.deepEqual(ejected([faults(100)], { consecutiveFaults: 5 }), [])
  assert.deepEqual(ejected([faults(6), faults(7)], { consecutiveFaults: 5 }), [1])
})

test('no more are ejected at a time than the percentage allows, but one always; the worst go first', () => {
  const ten = Array.from({ length: 10 }, (_, i) => faults(i))
  assert.deepEqual(ejected(ten, { consecutiveFaults: 1, maxEjectedPercent: 30 }), [9, 8, 7])
  assert.deepEqual(ejected(ten.slice(5), { consecutiveFaults: 1, maxEjectedPercent: 10 }), [4])
  assert.deepEqual(ejected(ten, { consecutiveFaults: 1, maxEjectedPercent: 0 }), [])
})

test('those that are out already take their part of the percentage', () => {
  const out = { ...counted({}), ejectedUntil: NOW + 1 }
  const failing = counted({ successes: 10, failures: 990 })
  const good = counted({ successes: 1_000 })
  assert.deepEqual(ejected([out, failing, good, good], { failurePercent: 50, maxEjectedPercent: 25 }), [])
  assert.deepEqual(ejected([out, failing, good, good], { failurePercent: 50, maxEjectedPercent: 50 }), [1])
})

test('where there is no room for one that gives no answers, the one that is out the longest comes back for it', () => {
  const out = (left: number): Observation => ({ ...well, ejectedUntil: NOW + left, ejections: 1 })
  const spec = { ...NEVER, consecutiveFaults: 5, maxEjectedPercent: 50, baseEjectionMs: 10_000 }
  const { verdicts, pardons } = judge([out(900), out(100), faults(9), well], spec, NOW)
  assert.deepEqual([verdicts.map(({ endpoint }) => endpoint), pardons], [[2], [1]])
  // Of two, the other may be well again by now: whoever fails at this moment is the worse of them.
  assert.deepEqual(judge([out(900), faults(9)], spec, NOW).pardons, [0])
  assert.deepEqual(judge([out(900), faults(9), well, well], spec, NOW).pardons, [], 'there is room')
  assert.deepEqual(judge([out(8_001), faults(9)], spec, NOW), { verdicts: [], pardons: [] }, 'it went out just now')
  assert.deepEqual(judge([out(900), faults(9)], { ...spec, maxEjectedPercent: 0 }, NOW), { verdicts: [], pardons: [] })
})

test('each ejection is longer than the one before, up to a maximum; long good conduct is rewarded', () => {
  const spec = { ...DEFAULT_OUTLIER, baseEjectionMs: 10_000, maxEjectionMs: 25_000 }
  const after = (ejections: number, ejectedUntil: number) => {
    const [verdict] = judge([{ ...faults(5), ejections, ejectedUntil }, well], spec, NOW).verdicts
    return [verdict!.until - NOW, verdict!.ejections]
  }
  assert.deepEqual(after(0, 0), [10_000, 1])
  assert.deepEqual(after(1, NOW - 1_000), [20_000, 2])
  assert.deepEqual(after(2, NOW - 1_000), [25_000, 3])
  assert.deepEqual(after(2, NOW - 25_000), [10_000, 1])
})

test('who fails more than a percentage is ejected, as long as there are enough requests to say so', () => {
  const spec = { failurePercent: 20 }
  const good = counted({ successes: 1_000 })
  assert.deepEqual(ejected([counted({ successes: 80, failures: 20 }), good], spec), [0])
  assert.deepEqual(ejected([counted({ successes: 81, failures: 19 }), good], spec), [])
  assert.deepEqual(ejected([counted({ successes: 50, failures: 49 }), good], spec), [])
  assert.deepEqual(ejected([counted({ successes: 80, failures: 20 }), well], spec), [], 'nobody to compare with')
})

test('what all fail at is not the fault of one', () => {
  const failing = (failures: number) => counted({ successes: 1_000 - failures, failures })
  assert.deepEqual(ejected([failing(300), failing(300), failing(310)], { failurePercent: 20 }), [])
  assert.deepEqual(ejected([failing(300), failing(300), failing(700)], { failurePercent: 20 }), [2])
})

test('who is much slower than the median is ejected, not who is slow among equals or by next to nothing', () => {
  const took = (...means: readonly number[]) => means.map((latencyMs) => counted({ successes: 500, latencyMs }))
  const spec = { latencyFactor: 3 }
  assert.deepEqual(ejected(took(20, 25, 90), spec), [2])
  assert.deepEqual(ejected(took(20, 25, 70), spec), [])
  assert.deepEqual(ejected(took(0.2, 0.2, 2), spec), [])
  assert.deepEqual(ejected(took(20, 900), spec), [])
  assert.deepEqual(ejected([...took(20, 25), counted({ successes: 99, latencyMs: 900 })], spec), [])
})
