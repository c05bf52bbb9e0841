import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Liveness } from './liveness.ts'

const S = 1_000

test('who says nothing for long is asked, and is dead without an answer', () => {
  const liveness = new Liveness(0)
  assert.deepEqual([liveness.check(9 * S), liveness.check(10 * S)], ['wait', 'ask'])
  assert.deepEqual([liveness.check(19 * S), liveness.check(20 * S)], ['wait', 'dead'])
})

test('any bytes are an answer, and nobody is asked again within five minutes', () => {
  const liveness = new Liveness(0)
  assert.equal(liveness.check(10 * S), 'ask')
  liveness.heard(15 * S)
  for (const second of [25, 60, 300, 319]) assert.equal(liveness.check(second * S), 'wait', `${second} s`)
  assert.equal(liveness.check(321 * S), 'ask')
})

test('what was silent because nobody asked for anything is not suspicious', () => {
  const liveness = new Liveness(0)
  liveness.begin(100 * S)
  assert.deepEqual([liveness.check(109 * S), liveness.check(110 * S)], ['wait', 'ask'])
})
