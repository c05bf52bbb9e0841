import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

test('groups take turns, and within one the oldest comes first', () => {
  const turns = new Turns<number>()
  for (const item of [1, 2, 3]) turns.add('a', item)
  turns.add('b', 4)
  turns.add('c', 5)
  turns.delete('c', 5)
  assert.equal(turns.size, 4)
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => turns.next()),
    [1, 4, 2, 3, undefined],
  )
  assert.equal(turns.size, 0)
})
