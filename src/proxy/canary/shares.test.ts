import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PRIMARY } from '../../model/canary.ts'
import { Shares } from './shares.ts'

const KEYS = Array.from({ length: 100_000 }, (_, n) => `client-${n}`)

const shares = (...weights: readonly number[]): Shares => {
  return new Shares(
    'shop/checkout',
    weights.map((weight, n) => ({ name: `v${n}`, weight })),
  )
}

/** How many of the keys each has. */
function counted(of: Shares, keys = KEYS): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(keys, (key) => of.of(key))].map(([name, list]) => [name, list.length]))
}

for (const weights of [[1], [10], [50], [99], [20, 30], [5, 10, 15, 20], [40, 60]]) {
  test(`weights ${weights.join(', ')} are met within one percent of the clients`, () => {
    const found = counted(shares(...weights))
    const rest = weights.reduce((left, weight) => left - weight, 100)
    for (const [name, weight] of [
      ...weights.map((weight, n) => [`v${n}`, weight] as const),
      [PRIMARY, rest] as const,
    ]) {
      const percent = ((found.get(name) ?? 0) / KEYS.length) * 100
      assert.ok(Math.abs(percent - weight) < 1, `${name} has ${percent} % for ${weight}`)
    }
  })
}

test('keys that look alike are spread as well', () => {
  for (const alike of [
    (n: number) => `10.0.${n >> 8}.${n & 255}`,
    (n: number) => String(n),
    (n: number) => `${n}-user`,
  ]) {
    const keys = Array.from({ length: 65_536 }, (_, n) => alike(n))
    const percent = ((counted(shares(10), keys).get('v0') ?? 0) / keys.length) * 100
    assert.ok(Math.abs(percent - 10) < 0.7, `${alike(1)}: ${percent}`)
  }
})

test('0 and 100 are exact, and need no key', () => {
  assert.deepEqual([shares(0).all, shares(100).all, shares(0, 100).all, shares().all], [PRIMARY, 'v0', 'v1', PRIMARY])
  assert.deepEqual([...counted(shares(0)).keys()], [PRIMARY])
  assert.deepEqual([...counted(shares(100)).keys()], ['v0'])
})

test('a weight that rises only takes clients from the primary, and one that falls only gives back', () => {
  for (const [before, after] of [
    [[10], [20]],
    [[20], [21]],
    [
      [10, 30],
      [60, 30],
    ],
    [
      [10, 30],
      [10, 90],
    ],
    [
      [0, 30],
      [5, 40],
    ],
  ] as const) {
    const [low, high] = [shares(...before), shares(...after)]
    for (const key of KEYS.slice(0, 20_000)) {
      const was = low.of(key)
      if (was !== PRIMARY) assert.equal(high.of(key), was, `${key} of ${before.join()} with ${after.join()}`)
    }
  }
})

test('each policy has its own first ten percent', () => {
  const other = new Shares('shop/search', [{ name: 'v0', weight: 10 }])
  const ours = KEYS.filter((key) => shares(10).of(key) === 'v0')
  const both = ours.filter((key) => other.of(key) === 'v0')
  assert.ok(both.length < ours.length * 0.15, `${both.length} of ${ours.length}`)
})
