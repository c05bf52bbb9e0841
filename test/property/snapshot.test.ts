/** Whatever two snapshots hold: the difference, applied to the first, is the second, and it holds nothing more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import {
  diff,
  parseKey,
  patch,
  type ResourceKey,
  type ResourceKind,
  resourceKey,
  type Snapshot,
} from '../../src/model/snapshot.ts'

const ROUNDS = 2_000
const KINDS: readonly ResourceKind[] = ['virtualHost', 'cluster', 'endpoints', 'settings']
const NAMES = ['*', 'a.example', 'shop/web:80', 'shop/web:http', '', 'a/b/c', 'global']

const oneOf = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)]!

/** A snapshot of up to twelve resources with few different texts, so that equal ones are common. */
function anySnapshot(random: Random): Snapshot {
  const entries = Array.from({ length: Math.floor(random() * 12) }, (): [ResourceKey, string] => [
    resourceKey(oneOf(random, KINDS), oneOf(random, NAMES)),
    JSON.stringify(Math.floor(random() * 3)),
  ])
  return new Map(entries)
}

function forAny(name: string, seed: number, holds: (random: Random) => void): void {
  test(`${name} (seed ${seed})`, () => {
    const random = seededRandom(seed)
    for (let round = 0; round < ROUNDS; round++) holds(random)
  })
}

forAny('patching with the difference gives the target', 1, (random) => {
  const [from, to] = [anySnapshot(random), anySnapshot(random)]
  const update = diff(7, from, to)
  const reached = new Map(from)
  if (update !== undefined) patch(reached, update)
  assert.deepEqual(new Map([...reached].sort()), new Map([...to].sort()))
})

forAny('nothing is sent that the other side has already', 2, (random) => {
  const [from, to] = [anySnapshot(random), anySnapshot(random)]
  const update = diff(1, from, to)
  for (const [key, text] of update?.upserts ?? []) assert.notEqual(from.get(key), text)
  for (const key of update?.removals ?? []) assert.ok(from.has(key) && !to.has(key))
})

forAny('equal snapshots differ in nothing', 3, (random) => {
  const snapshot = anySnapshot(random)
  assert.equal(diff(1, snapshot, new Map([...snapshot].reverse())), undefined)
})

forAny('a full copy is the difference to nothing', 4, (random) => {
  const snapshot = anySnapshot(random)
  assert.deepEqual(diff(1, new Map(), snapshot)?.upserts ?? [], [...snapshot])
})

forAny('looking only at what may differ finds the same', 5, (random) => {
  const [from, to] = [anySnapshot(random), anySnapshot(random)]
  const differing = [...new Set([...from.keys(), ...to.keys()])].filter((key) => from.get(key) !== to.get(key))
  const among = new Set([...differing, ...from.keys().take(1), ...to.keys().take(1), resourceKey('cluster', 'never')])
  const sorted = (update = diff(1, from, to)) => [update?.upserts.toSorted(), update?.removals.toSorted()]
  assert.deepEqual(sorted(diff(1, from, to, among)), sorted())
})

forAny('keys survive the way through text', 6, (random) => {
  const [kind, name] = [oneOf(random, KINDS), oneOf(random, NAMES)]
  assert.deepEqual(parseKey(resourceKey(kind, name)), { kind, name })
})
