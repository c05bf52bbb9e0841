import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashText } from '../../lib/hash.ts'
import type { Endpoint } from '../types.ts'
import { maglev } from './maglev.ts'
import type { Candidate, Facts, Picker } from './picker.ts'

const KEYS = 20_000
const IDLE: Facts = { random: () => 0, load: () => 0, total: () => 0, latency: () => 0 }

const named = (n: number): Candidate => ({ endpoint: { id: `10.0.0.${n}:80` } as Endpoint, weight: 1 })
const fleet = (count: number): Candidate[] => Array.from({ length: count }, (_, n) => named(n))

function assignment(picker: Picker): string[] {
  return Array.from({ length: KEYS }, (_, key) => picker.pick(undefined, hashText(`client-${key}`))!.id)
}

const changed = (a: readonly string[], b: readonly string[]): number =>
  a.filter((id, key) => id !== b[key]).length / KEYS

test('the order of the list means nothing', () => {
  const list = fleet(10)
  assert.deepEqual(assignment(maglev(list, IDLE)), assignment(maglev(list.toReversed(), IDLE)))
})

test('shares are even within some percent', () => {
  const counts = new Map<string, number>()
  for (const id of assignment(maglev(fleet(10), IDLE))) counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const [id, count] of counts) assert.ok(Math.abs(count / (KEYS / 10) - 1) < 0.1, `${id}: ${count}`)
})

test('when one of ten leaves, few keys change but its own', () => {
  const before = assignment(maglev(fleet(10), IDLE))
  const after = assignment(maglev(fleet(9), IDLE))
  const own = before.filter((id) => id === '10.0.0.9:80').length / KEYS
  assert.ok(changed(before, after) - own < 0.06, `${changed(before, after)} changed, ${own} had to`)
})

test('an endpoint with more than its share under way passes on what is new, and gets it back later', () => {
  const list = fleet(4)
  const load = new Map<string, number>()
  const total = (): number => [...load.values()].reduce((sum, each) => sum + each, 0)
  const picker = maglev(list, { ...IDLE, load: ({ id }) => load.get(id) ?? 0, total })
  const popular = hashText('everybody wants this')
  const own = picker.pick(undefined, popular)!.id
  for (let i = 0; i < 400; i++) {
    const { id } = picker.pick(undefined, popular)!
    load.set(id, (load.get(id) ?? 0) + 1)
  }
  for (const [id, each] of load) assert.ok(each <= 126, `${id} has ${each} of 400`)
  load.clear()
  assert.equal(picker.pick(undefined, popular)!.id, own)
})

test('a thousand endpoints all have a place in the table', () => {
  const seen = new Set(assignment(maglev(fleet(1000), IDLE)))
  assert.equal(seen.size, 1000)
})
