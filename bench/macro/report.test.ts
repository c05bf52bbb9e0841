import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Measurement } from './contest.ts'
import { rowsOf, scenarioReport, spread } from './report.ts'
import { SCENARIOS } from './scenarios.ts'

const small = SCENARIOS.find((scenario) => scenario.name === 'get-67')!

const rounds = (...micros: number[]): Measurement[] =>
  micros.map((cpuMicros) => ({ cpuMicros, requestsPerSecond: 1, p99Ms: 1, busy: 1, others: 0, errors: 0 }))

test('a spread is the median between its extremes, of an even number too', () => {
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 })
  assert.deepEqual(spread([4, 1, 2, 3]), { median: 2.5, min: 1, max: 4 })
})

test('ratios compare rounds, so that a slow spell for both is none', () => {
  const rows = rowsOf(
    new Map([
      ['nginx', rounds(10, 20, 10)],
      ['sluice', rounds(11, 22, 11)],
    ]),
    small,
  )
  assert.deepEqual(rows[1]?.ratio, { median: 1.1, min: 1.1, max: 1.1 })
})

for (const [micros, verdict] of [
  [10, 'aim reached'],
  [12, 'must reached'],
  [13, 'must missed'],
] as const) {
  test(`a ratio of ${micros / 10} is judged: ${verdict}`, () => {
    const rows = rowsOf(
      new Map([
        ['nginx', rounds(10)],
        ['sluice', rounds(micros)],
      ]),
      small,
    )
    assert.equal(scenarioReport(small, 'off', rows).verdict, verdict)
  })
}

test('rows with errors, and Sluice alone, are not judged', () => {
  const failed = rounds(10).map((m) => ({ ...m, errors: 1 }))
  const invalid = rowsOf(
    new Map([
      ['nginx', rounds(10)],
      ['sluice', failed],
    ]),
    small,
  )
  assert.equal(scenarioReport(small, 'off', invalid).verdict, undefined)
  assert.equal(scenarioReport(small, 'off', rowsOf(new Map([['sluice', rounds(10)]]), small)).verdict, undefined)
})
