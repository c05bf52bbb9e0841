import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Budget } from './budget.ts'

const takes = (budget: Budget, now: number, most: number): number => {
  let taken = 0
  while (taken < most && budget.take(now)) taken++
  return taken
}

test('a burst, then what comes back with time, then nothing', () => {
  const budget = new Budget({ burst: 10, perSecond: 5 }, 0)
  assert.equal(takes(budget, 0, 100), 10)
})

test('time refills it, up to the burst', () => {
  const budget = new Budget({ burst: 10, perSecond: 5 }, 0)
  for (let n = 0; n < 10; n++) budget.take(0)
  assert.equal(takes(budget, 1000, 100), 5)
  const rested = new Budget({ burst: 10, perSecond: 5 }, 0)
  for (let n = 0; n < 10; n++) rested.take(0)
  assert.equal(takes(rested, 60_000, 100), 10)
})

test('useful work refills it, up to the burst', () => {
  const budget = new Budget({ burst: 3, perSecond: 0 }, 0)
  budget.give(100)
  budget.take(0, 3)
  budget.give(2)
  assert.equal(takes(budget, 0, 100), 2)
})
