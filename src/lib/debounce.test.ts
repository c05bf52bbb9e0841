import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './clock.ts'
import { debounce } from './debounce.ts'

function observed() {
  const clock = new FakeClock()
  const runs: number[] = []
  return { clock, runs, debounced: debounce(clock, { quietMs: 50, maxMs: 120 }, () => runs.push(clock.now())) }
}

test('one poke runs once, after the pause', () => {
  const { clock, runs, debounced } = observed()
  debounced.poke()
  clock.advance(49)
  assert.deepEqual(runs, [])
  clock.advance(500)
  assert.deepEqual(runs, [50])
})

test('pokes without a pause run at the maximum', () => {
  const { clock, runs, debounced } = observed()
  for (let i = 0; i < 10; i++) {
    debounced.poke()
    clock.advance(40)
  }
  assert.deepEqual(runs, [120, 240, 360])
})

test('what is called off does not run, and the next poke starts afresh', () => {
  const { clock, runs, debounced } = observed()
  debounced.poke()
  clock.advance(40)
  debounced.cancel()
  clock.advance(200)
  assert.deepEqual(runs, [])
  debounced.poke()
  clock.advance(50)
  assert.deepEqual(runs, [290])
})
