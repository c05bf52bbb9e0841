import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeavyHitters } from './heavy-hitters.ts'
import { seededRandom } from './random.ts'

test('while there are places counts are exact, the most frequent first', () => {
  const hitters = new HeavyHitters(4)
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) hitters.add(key)
  assert.deepEqual(hitters.top(), [
    { key: 'a', count: 3, error: 0 },
    { key: 'b', count: 2, error: 0 },
    { key: 'c', count: 1, error: 0 },
  ])
})

test('among a hundred thousand others the frequent ones have places, and counts are wrong by their error at most (seed 3)', () => {
  const random = seededRandom(3)
  const hitters = new HeavyHitters(32)
  const truth = new Map<string, number>()
  for (let n = 0; n < 100_000; n++) {
    const key = random() < 0.5 ? `often-${Math.floor(random() * 8)}` : `seldom-${Math.floor(random() * 50_000)}`
    truth.set(key, (truth.get(key) ?? 0) + 1)
    hitters.add(key)
  }
  const top = hitters.top()
  assert.equal(top.length, 32)
  assert.deepEqual(
    top.slice(0, 8).map(({ key }) => key.split('-')[0]),
    Array(8).fill('often'),
  )
  for (const { key, count, error } of top) {
    const actual = truth.get(key)!
    assert.ok(count >= actual && count - error <= actual, `${key}: ${actual}, counted ${count} ± ${error}`)
  }
})

test('what is long ago counts for less, and is forgotten at last', () => {
  const hitters = new HeavyHitters(4)
  for (const key of ['a', 'a', 'a', 'b']) hitters.add(key)
  hitters.halve()
  hitters.add('b')
  assert.deepEqual(
    hitters.top().map(({ key, count }) => [key, count]),
    [
      ['a', 1],
      ['b', 1],
    ],
  )
  hitters.halve()
  assert.deepEqual(hitters.top(), [])
})
