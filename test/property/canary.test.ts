/** The judge of canaries and chance: thirty seeded runs of each kind. The seeds are in the messages. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Trial, tryOut } from '../../bench/sim/canary.ts'

const RUNS = 30
const USUAL: Omit<Trial, 'seed'> = {
  canary: { errors: 0, medianMs: 20 },
  primary: { errors: 0, medianMs: 20 },
  requestsPerSecond: 50,
  weight: 10,
  seconds: 900,
  judge: { errorTolerancePercent: 10, latencyTolerancePercent: 20 },
}

function outcomes(trial: Partial<Trial>) {
  return Array.from({ length: RUNS }, (_, i) => ({ seed: i + 1, ...tryOut({ ...USUAL, ...trial, seed: i + 1 }) }))
}

const both = (errors: number, medianMs = 20) => ({ canary: { errors, medianMs }, primary: { errors, medianMs } })

for (const [name, trial] of [
  ['as good as its primary', {}],
  ['of the same error rate', both(0.05)],
  ['of the same high error rate', both(0.3)],
  ['at half of the traffic', { ...both(0.02), weight: 50, requestsPerSecond: 100 }],
  ['a little slower', { canary: { errors: 0, medianMs: 22 } }],
  ['with very little traffic', { ...both(0.1), requestsPerSecond: 3 }],
] as const) {
  test(`a canary ${name} is never taken back`, () => {
    for (const { seed, foundAfter } of outcomes(trial)) assert.equal(foundAfter, undefined, `seed ${seed}`)
  })
}

for (const [name, trial, seconds, failures] of [
  ['with 20 % errors', { canary: { errors: 0.2, medianMs: 20 } }, 10, 12],
  ['with 5 % errors', { canary: { errors: 0.05, medianMs: 20 } }, 90, 15],
  ['that always fails', { canary: { errors: 1, medianMs: 20 } }, 4, 25],
  [
    'with thrice the errors of its primary',
    { canary: { errors: 0.06, medianMs: 20 }, primary: { errors: 0.02, medianMs: 20 } },
    600,
    150,
  ],
  ['twice as slow', { canary: { errors: 0, medianMs: 40 } }, 60, 0],
] as const) {
  test(`a canary ${name} is always found, in ${seconds} s and ${failures} failed requests at most`, () => {
    for (const { seed, foundAfter, finding } of outcomes(trial)) {
      assert.ok(foundAfter !== undefined && foundAfter <= seconds, `seed ${seed}: ${foundAfter} s`)
      assert.ok(finding.canary.failures <= failures, `seed ${seed}: ${finding.canary.failures} failed`)
    }
  })
}
