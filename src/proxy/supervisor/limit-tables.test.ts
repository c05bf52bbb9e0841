import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { entryOf, type Update } from '../../model/snapshot.ts'
import { ConcurrencyTable } from '../shared/concurrency-table.ts'
import { GcraTable } from '../shared/gcra-table.ts'
import { LimitTables } from './limit-tables.ts'

const SPEC = { kind: 'rate' as const, requests: 100, perMs: 1, burst: 2, keys: 64 }
const KEY = { hash: 1, mark: 2 }

function update(upserts: Update['upserts'], removals: Update['removals'] = []): Update {
  return { revision: 1, upserts, removals }
}

test('a new worker gets the tables that the others have, and none that are gone', () => {
  const tables = new LimitTables({ clock: new FakeClock(), random: () => 0.5, workers: 2 })
  const [a, b] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC), entryOf('rateLimit', 'n/p/b', SPEC)]))
  assert.deepEqual(tables.grants(), [a, b])
  tables.update(update([], ['rateLimit/n/p/a']))
  assert.deepEqual(tables.grants(), [b])
  tables.stop()
})

test('what is said again keeps its table, what is said differently starts anew', () => {
  const tables = new LimitTables({ clock: new FakeClock(), random: () => 0.5, workers: 2 })
  const [first] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  const [again] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  assert.equal(again!.memory, first!.memory)
  const [other] = tables.update(update([entryOf('rateLimit', 'n/p/a', { ...SPEC, burst: 3 })]))
  assert.notEqual(other!.memory, first!.memory)
  tables.stop()
})

test('other resources are none of its business', () => {
  const tables = new LimitTables({ clock: new FakeClock(), random: () => 0.5, workers: 2 })
  assert.deepEqual(tables.update(update([['settings/global', '{}']], ['endpoints/a'])), [])
  tables.stop()
})

test('tables are swept for as long as they live: a key that rests for days is not taken for one from the future', () => {
  const clock = new FakeClock()
  const tables = new LimitTables({ clock, random: () => 0.5, workers: 2 })
  const [grant] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  const table = new GcraTable(grant!.memory, SPEC)
  assert.equal(table.take(KEY, clock.now()), 0)
  for (let i = 0; i < 60; i++) clock.advance(1_000)
  assert.equal(table.take(KEY, clock.now()), 0)
  assert.ok(60_000 > table.sweepMs * 4, 'times have wrapped around meanwhile')
  tables.stop()
})

test('what a dead worker had under way is free again, what others have is not', () => {
  const tables = new LimitTables({ clock: new FakeClock(), random: () => 0.5, workers: 2 })
  const spec = { kind: 'concurrency' as const, most: 2, keys: 8 }
  const [grant] = tables.update(update([entryOf('rateLimit', 'n/p/a', spec)]))
  const [dying, living] = [0, 1].map((index) => new ConcurrencyTable(grant!.memory, spec, index))
  assert.deepEqual([dying!.enter(KEY), living!.enter(KEY), living!.enter(KEY)], [1, 1, -1])
  tables.erase(0)
  assert.deepEqual([living!.enter(KEY), living!.enter(KEY)], [1, -1])
  tables.stop()
})
