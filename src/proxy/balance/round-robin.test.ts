import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../types.ts'
import type { Picker } from './picker.ts'
import { roundRobin } from './round-robin.ts'

const endpoints: readonly Endpoint[] = ['a', 'b', 'c', 'd'].map((id) => ({ id }) as Endpoint)

function pickerOf(weights: readonly number[], start = 0): Picker {
  return roundRobin(
    weights.map((weight, n) => ({ endpoint: endpoints[n]!, weight })),
    { random: () => start, load: () => 0, total: () => 0, latency: () => 0 },
  )
}

function turns(picker: Picker, n: number, avoid?: Endpoint): string {
  return Array.from({ length: n }, () => picker.pick(avoid, 0)!.id).join('')
}

test('equal weights take turns', () => {
  assert.equal(turns(pickerOf([1, 1, 1]), 7), 'abcabca')
  assert.equal(turns(pickerOf([5, 5]), 4), 'abab')
})

test('heavier endpoints come more often, but not in bursts', () => {
  assert.equal(turns(pickerOf([5, 1, 1]), 14), 'aabacaaaabacaa')
  assert.equal(turns(pickerOf([3, 2]), 10), 'ababaababa')
  assert.equal(turns(pickerOf([2, 1]), 6), 'abaaba')
})

test('over a cycle everybody gets exactly their weight, wherever it starts', () => {
  for (const weights of [
    [1, 1, 1, 1],
    [5, 1, 1],
    [4, 3, 2, 1],
    [100, 1],
  ]) {
    const cycle = weights.reduce((sum, weight) => sum + weight, 0)
    for (const start of [0, 0.5, 0.99]) {
      const picker = pickerOf(weights, start)
      for (let round = 0; round < 3; round++) {
        const picked = turns(picker, cycle)
        const counts = weights.map((_, n) => picked.split(endpoints[n]!.id).length - 1)
        assert.deepEqual(counts, weights, `start ${start}, round ${round}`)
      }
    }
  }
})

test('workers that start at different places do not march in step', () => {
  const first = [0, 0.25, 0.5, 0.75].map((start) => turns(pickerOf([1, 1, 1, 1], start), 1))
  assert.deepEqual(first, ['a', 'b', 'c', 'd'])
})

test('avoiding one endpoint leaves the others their shares', () => {
  const [, b] = endpoints
  assert.equal(turns(pickerOf([1, 1, 1]), 4, b), 'acac')
  const picked = turns(pickerOf([1, 5, 1]), 10, b)
  assert.equal(picked.split('a').length, picked.split('c').length)
})
