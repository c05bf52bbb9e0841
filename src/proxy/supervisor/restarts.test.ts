import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Restarts } from './restarts.ts'

const delays = (...times: readonly number[]): (number | undefined)[] => {
  const restarts = new Restarts(() => 0)
  return times.map((now) => restarts.died(now))
}

test('the second death within a minute waits longer, the third ends it', () => {
  assert.deepEqual(delays(0, 30_000, 59_999), [100, 200, undefined])
})

test('deaths a minute apart are chance', () => {
  assert.deepEqual(delays(0, 30_000, 60_000, 90_000), [100, 200, 200, 200])
})
