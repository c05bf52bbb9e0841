import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logLikelihoodRatio, type Split } from './likelihood.ts'

function choose(n: number, k: number): number {
  return k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k
}

/** The probability of a table by the textbook. */
function probability({ canary, canaryBad, primary, primaryBad }: Split, odds: number): number {
  const bad = canaryBad + primaryBad
  const ways = (k: number) => choose(canary, k) * choose(primary, bad - k) * odds ** k
  const all = Array.from({ length: bad + 1 }, (_, k) => ways(k)).reduce((sum, each) => sum + each, 0)
  return ways(canaryBad) / all
}

test('it is what the textbook says', () => {
  for (const split of [
    { canary: 5, canaryBad: 1, primary: 45, primaryBad: 0 },
    { canary: 10, canaryBad: 4, primary: 12, primaryBad: 3 },
    { canary: 3, canaryBad: 3, primary: 4, primaryBad: 2 },
    { canary: 20, canaryBad: 0, primary: 5, primaryBad: 5 },
  ]) {
    for (const [odds, tolerated] of [
      [2, 1],
      [30, 1.1],
    ] as const) {
      const expected = Math.log(probability(split, odds) / probability(split, tolerated))
      assert.ok(Math.abs(logLikelihoodRatio(split, odds, tolerated) - expected) < 1e-9)
    }
  }
})

test('over all tables that could have come it is one in the mean: nobody can win a fair bet', () => {
  const [canary, primary, bad] = [7, 20, 6]
  let mean = 0
  for (let canaryBad = 0; canaryBad <= bad; canaryBad++) {
    const split = { canary, canaryBad, primary, primaryBad: bad - canaryBad }
    mean += probability(split, 1) * Math.exp(logLikelihoodRatio(split, 5, 1))
  }
  assert.ok(Math.abs(mean - 1) < 1e-9, `${mean}`)
})

test('tables that could not have been otherwise say nothing', () => {
  for (const [canary, canaryBad, primary, primaryBad] of [
    [0, 0, 5, 2],
    [5, 2, 0, 0],
    [5, 0, 5, 0],
    [5, 5, 5, 5],
  ] as const) {
    assert.equal(logLikelihoodRatio({ canary, canaryBad, primary, primaryBad }, 10, 1), 0)
  }
})

test('large numbers are no trouble', () => {
  const split = { canary: 50_000, canaryBad: 600, primary: 50_000, primaryBad: 400 }
  const ratio = logLikelihoodRatio(split, 1.5, 1)
  assert.ok(ratio > 10 && ratio < 30, `${ratio}`)
})
