import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IdleHabit } from './idle-habit.ts'

const MINUTE = 60_000

/** What is known after the endpoint closed connections of these ages, a second after each other. */
function seen(...ages: readonly number[]): IdleHabit {
  const habit = new IdleHabit()
  for (const [n, age] of ages.entries()) habit.closed(age, n * 1_000)
  return habit
}

for (const [what, ages, bound] of [
  ['nothing', [], MINUTE],
  ['one end', [5_000], MINUTE],
  ['two ends at the same age', [5_000, 5_100], 4_000],
  ['two ends at different ages', [5_000, 9_000], MINUTE],
  ['a habit among other ends', [30_000, 5_000, 5_000, 20_000], 4_000],
  ['a habit of two seconds', [2_000, 2_000], 1_000],
  ['ends right after an answer', [100, 100, 100], MINUTE],
  ['a habit longer than what is wanted', [90_000, 90_000], MINUTE],
] as const) {
  test(`after ${what} a connection waits ${bound} ms`, () => {
    assert.equal(seen(...ages).bound(MINUTE, 0), bound)
  })
}

test('connections that all end in one moment are one end: so it is when a process restarts', () => {
  const habit = new IdleHabit()
  for (let n = 0; n < 20; n++) habit.closed(7_000, 1_000)
  assert.equal(habit.bound(MINUTE, 0), MINUTE)
})

test('what the endpoint announces holds, unless it closes sooner', () => {
  assert.equal(new IdleHabit().bound(MINUTE, 5_000), 4_000)
  assert.equal(new IdleHabit().bound(3_000, 5_000), 3_000)
  assert.equal(seen(2_000, 2_000).bound(MINUTE, 5_000), 1_000)
  assert.equal(seen(8_000, 8_000).bound(MINUTE, 5_000), 4_000)
})

test('connections that may wait for ever wait as long as the endpoint lets them', () => {
  assert.equal(new IdleHabit().bound(0, 0), 0)
  assert.equal(new IdleHabit().bound(0, 5_000), 4_000)
})
