import assert from 'node:assert/strict'
import { test } from 'node:test'
import { percentile, table, verdictOf } from './verdict.ts'

const figure = (value: number) => ({ name: 'x', value, unit: 'ms', must: 50, aim: 5, how: 'so' }) as const

test('a figure is judged by both bounds, and one that is no number has missed them', () => {
  assert.equal(verdictOf(figure(5)), 'aim reached')
  assert.equal(verdictOf(figure(5.1)), 'must reached')
  assert.equal(verdictOf(figure(50.1)), 'must missed')
  assert.equal(verdictOf(figure(Number.NaN)), 'must missed')
  assert.equal(verdictOf({ name: 'x', value: 1, unit: 'ms', how: '' }), '')
})

test('percentiles are values that were seen', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i)
  assert.equal(percentile(values, 0.99), 198)
  assert.equal(percentile(values, 1), 200)
  assert.equal(percentile([7], 0.5), 7)
})

test('the table says value, bounds and verdict', () => {
  assert.match(table([figure(3)]), /x +3\.00 ms +≤ 50 +≤ 5 +aim reached +so/)
})
