import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff } from './backoff.ts'

const SPEC = { minMs: 100, maxMs: 1000 }

test('the wait doubles with each failure and stops at its maximum', () => {
  const waits = [1, 2, 3, 4, 5, 1000].map((failures) => backoff(SPEC, failures, () => 1))
  assert.deepEqual(waits, [100, 200, 400, 800, 1000, 1000])
})

test('chance shortens the wait by at most half', () => {
  assert.equal(
    backoff(SPEC, 3, () => 0),
    200,
  )
})
