import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from './histogram.ts'

test('what is observed is in the first bucket that is large enough, or in the last', () => {
  const histogram = new Histogram([0.1, 1])
  for (const value of [0, 0.1, 0.11, 1, 5]) histogram.observe(value)
  assert.deepEqual(histogram.value, { counts: [2, 2, 1], sum: 6.21 })
})
