import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wager, type WagerSpec } from './wager.ts'

const SPEC: WagerSpec = {
  sizes: [
    [2, 0.5],
    [50, 0.5],
  ],
  tolerated: 1,
  most: Number.POSITIVE_INFINITY,
}
/** One request of the canary beside two of the primary, of which one failed: whose it was says all. */
const OF_CANARY = { canary: 1, canaryBad: 1, primary: 2, primaryBad: 0 }
const OF_PRIMARY = { canary: 1, canaryBad: 0, primary: 2, primaryBad: 1 }

function wealth(rounds: readonly boolean[], spec = SPEC): number {
  const wager = new Wager(spec)
  for (const isCanary of rounds) wager.observe(isCanary ? OF_CANARY : OF_PRIMARY)
  return Math.exp(wager.logWealth)
}

test('where the canary is no worse a coin is worth a coin in the mean, after each number of rounds', () => {
  for (const rounds of [0, 1, 2, 6]) {
    let mean = 0
    for (let n = 0; n < 2 ** rounds; n++) {
      const course = Array.from({ length: rounds }, (_, i) => (n & (1 << i)) !== 0)
      const chance = course.reduce((product, isCanary) => product * (isCanary ? 1 / 3 : 2 / 3), 1)
      mean += chance * wealth(course)
    }
    assert.ok(Math.abs(mean - 1) < 1e-9, `${mean} after ${rounds}`)
  }
})

test('it never owes anything, and keeps something for later', () => {
  const late = wealth([...new Array<boolean>(1_000).fill(false), ...new Array<boolean>(20).fill(true)])
  const early = wealth(new Array<boolean>(1_000).fill(false))
  assert.ok(early > 0 && early < 0.01, `${early}`)
  assert.ok(late > 100 && late > early * 1_000, `${late}`)
})

test('a stretch multiplies by no more than it may', () => {
  const one = { canary: 100, canaryBad: 100, primary: 100, primaryBad: 0 }
  const wager = new Wager({ ...SPEC, most: 10 })
  wager.observe(one)
  assert.ok(Math.exp(wager.logWealth) < 10)
})

test('stretches that say nothing change nothing', () => {
  const wager = new Wager(SPEC)
  for (const [canary, canaryBad, primary, primaryBad] of [
    [0, 0, 5, 2],
    [5, 0, 5, 0],
    [5, 5, 5, 5],
  ] as const) {
    wager.observe({ canary, canaryBad, primary, primaryBad })
    assert.equal(wager.logWealth, 0)
  }
})
