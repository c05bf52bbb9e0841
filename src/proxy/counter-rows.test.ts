import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CounterRows } from './counter-rows.ts'

test('rows do not overlap, however many there are, and keep what was counted while more are taken', () => {
  const rows = new CounterRows(3)
  const starts = Array.from({ length: 100 }, (_, i) => {
    const start = rows.take()
    for (let n = 0; n < 3; n++) rows.values[start + n]! += 10 * i + n
    return start
  })
  for (const [i, start] of starts.entries()) {
    assert.deepEqual([...rows.values.subarray(start, start + 3)], [10 * i, 10 * i + 1, 10 * i + 2])
  }
})

test('a released row is given out again, empty', () => {
  const rows = new CounterRows(2)
  const [first, second] = [rows.take(), rows.take()]
  rows.values.fill(7)
  rows.release(first)
  assert.equal(rows.take(), first)
  assert.deepEqual([...rows.values.subarray(first, first + 2)], [0, 0])
  assert.deepEqual([...rows.values.subarray(second, second + 2)], [7, 7])
})
