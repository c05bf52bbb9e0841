import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { entryOf, type Update } from '../../model/snapshot.ts'
import { GcraTable } from '../shared/gcra-table.ts'
import { LimitTables } from './limit-tables.ts'

const SPEC = { requests: 100, perMs: 1, burst: 2, keys: 64 }
const KEY = { hash: 1, mark: 2 }

function update(upserts: Update['upserts'], removals: Update['removals'] = []): Update {
  return { revision: 1, upserts, removals }
}

test('a new worker gets the tables that the others have, and none that are gone', () => {
  const tables = new LimitTables(new FakeClock(), () => 0.5)
  const [a, b] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC), entryOf('rateLimit', 'n/p/b', SPEC)]))
  assert.deepEqual(tables.grants(), [a, b])
  tables.update(update([], ['rateLimit/n/p/a']))
  assert.deepEqual(tables.grants(), [b])
  tables.stop()
})

test('what is said again keeps its table, what is said differently starts anew', () => {
  const tables = new LimitTables(new FakeClock(), () => 0.5)
  const [first] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  const [again] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  assert.equal(again!.memory, first!.memory)
  const [other] = tables.update(update([entryOf('rateLimit', 'n/p/a', { ...SPEC, burst: 3 })]))
  assert.notEqual(other!.memory, first!.memory)
  tables.stop()
})

test('other resources are none of its business', () => {
  const tables = new LimitTables(new FakeClock(), () => 0.5)
  assert.deepEqual(tables.update(update([['settings/global', '{}']], ['endpoints/a'])), [])
  tables.stop()
})

test('tables are swept for as long as they live: a key that rests for days is not taken for one from the future', () => {
  const clock = new FakeClock()
  const tables = new LimitTables(clock, () => 0.5)
  const [grant] = tables.update(update([entryOf('rateLimit', 'n/p/a', SPEC)]))
  const table = new GcraTable(grant!.memory, SPEC)
  assert.equal(table.take(KEY, clock.now()), 0)
  for (let i = 0; i < 60; i++) clock.advance(1_000)
  assert.equal(table.take(KEY, clock.now()), 0)
  assert.ok(60_000 > table.sweepMs * 4, 'times have wrapped around meanwhile')
  tables.stop()
})
