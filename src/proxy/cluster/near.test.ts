import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferNear } from './near.ts'

type Near = 'node' | 'zone' | undefined

interface Given {
  readonly near?: Near
  readonly weight?: number
  /** Part of its weight that it may have; 0 is not fit. */
  readonly fit?: number
  readonly inFlight?: number
}

/** Percent of all requests that go to each level. */
function shares(given: readonly Given[], nearLoad = 0): Record<string, number> {
  const serving = given.map(({ near, weight = 1, fit = 1, inFlight = 0 }) => {
    return { spec: { weight, ...(near && { near }) }, inFlight, fit }
  })
  const fit = serving.flatMap((endpoint) => {
    return endpoint.fit === 0 ? [] : [{ endpoint, weight: endpoint.spec.weight * endpoint.fit }]
  })
  const weighted = preferNear(fit, serving, nearLoad)
  const sum = weighted.reduce((all, { weight }) => all + weight, 0)
  const by: Record<string, number> = {}
  for (const { endpoint, weight } of weighted) {
    const level = endpoint.spec.near ?? 'far'
    by[level] = (by[level] ?? 0) + (100 * weight) / sum
  }
  return Object.fromEntries(Object.entries(by).map(([level, share]) => [level, Math.round(share)]))
}

const times = (n: number, one: Given): Given[] => Array.from({ length: n }, () => one)
const zone = { near: 'zone' } as const
const gone = { fit: 0 } as const

test('near ones get everything, and keep their weights', () => {
  assert.deepEqual(shares([...times(2, zone), ...times(8, {})]), { zone: 100 })
  assert.deepEqual(shares([{ near: 'node' }, ...times(2, zone), {}]), { node: 100 })
  const serving = [{ spec: { weight: 3, near: 'zone' as const }, inFlight: 0 }]
  const fit = serving.map((endpoint) => ({ endpoint, weight: 3 }))
  assert.deepEqual(preferNear(fit, serving, 0), fit)
})

test('the others get more the fewer near ones are fit, from five of seven on', () => {
  const nears = (fit: number) => [...times(fit, zone), ...times(7 - fit, { ...zone, ...gone }), ...times(7, {})]
  assert.deepEqual(shares(nears(5)), { zone: 100 })
  assert.deepEqual(shares(nears(4)), { zone: 80, far: 20 })
  assert.deepEqual(shares(nears(2)), { zone: 40, far: 60 })
  assert.deepEqual(shares(nears(0)), { far: 100 })
})

test('what the node cannot take goes to the zone, and only then farther away', () => {
  const node = [{ near: 'node' as const }, { near: 'node' as const, ...gone }]
  assert.deepEqual(shares([...node, ...times(2, zone), ...times(9, {})]), { node: 70, zone: 30 })
  assert.deepEqual(shares([...node, zone, ...times(7, { ...zone, ...gone }), ...times(9, {})]), {
    node: 70,
    zone: 15,
    far: 15,
  })
})

test('near ones get everything where nobody else is fit', () => {
  assert.deepEqual(shares([zone, ...times(9, { ...zone, ...gone }), ...times(3, gone)]), { zone: 100 })
})

test('what is more than near ones can do goes elsewhere', () => {
  const world = (inFlight: number) => [{ ...zone, inFlight }, zone, ...times(6, {})]
  assert.deepEqual(shares(world(20), 10), { zone: 100 })
  assert.deepEqual(shares(world(40), 10), { zone: 50, far: 50 })
  assert.deepEqual(shares(world(1_000_000), 10), { zone: 5, far: 95 })
  assert.deepEqual(shares(world(1_000_000), 0), { zone: 100 })
})

test('the split stays where it is when requests move: it goes by all that are under way', () => {
  const before = shares([{ ...zone, inFlight: 40 }, ...times(3, {})], 10)
  const after = shares([{ ...zone, inFlight: 10 }, ...times(3, { inFlight: 10 })], 10)
  assert.deepEqual(
    [before, after],
    [
      { zone: 25, far: 75 },
      { zone: 25, far: 75 },
    ],
  )
})

test('a young endpoint, alone in its zone, is not given more than a young one may have', () => {
  assert.deepEqual(shares([{ ...zone, fit: 0.25 }, ...times(3, {})]), { zone: 35, far: 65 })
})
