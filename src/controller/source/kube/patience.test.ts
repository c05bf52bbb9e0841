import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../lib/clock.ts'
import { Patience } from './patience.ts'

function start() {
  const clock = new FakeClock()
  const ends: number[] = []
  return { clock, ends, patience: new Patience(clock, 100, () => ends.push(clock.now())) }
}

test('silence ends it, once', () => {
  const { clock, ends } = start()
  clock.advance(1000)
  assert.deepEqual(ends, [100])
})

test('every sign of life starts the time anew', () => {
  const { clock, ends, patience } = start()
  clock.advance(90)
  patience.heard()
  clock.advance(50)
  patience.heard()
  clock.advance(500)
  assert.deepEqual(ends, [240])
})

test('after its end nothing happens', () => {
  const { clock, ends, patience } = start()
  patience.end()
  clock.advance(500)
  assert.deepEqual(ends, [])
})
