import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CanarySpec } from '../../model/canary.ts'
import { entryOf, resourceKey, type Update } from '../../model/snapshot.ts'
import { VariantCells } from '../shared/variant-counts.ts'
import { CanaryTables } from './canary-tables.ts'

const NAME = 'shop/checkout'

function put(weight: number, ...names: readonly string[]): Update {
  const variants = names.map((name) => ({ name, weight }))
  const spec: CanarySpec = { matches: [], key: 'client', variants }
  return { revision: 1, upserts: [entryOf('canary', NAME, spec)], removals: [] }
}

test('other weights are counted on, other variants anew', () => {
  const tables = new CanaryTables(2)
  const [first] = tables.update(put(10, 'canary'))
  new VariantCells(first!.memory, 1, 1).count(true, 5)
  assert.equal(tables.update(put(20, 'canary'))[0], first)
  const [before] = tables.tallies()
  assert.deepEqual(
    before!.variants.map(({ name, failures }) => [name, failures]),
    [
      ['primary', 0],
      ['canary', 1],
    ],
  )
  assert.notEqual(tables.update(put(20, 'next'))[0]!.memory, first!.memory)
  const [after] = tables.tallies()
  assert.notEqual(after!.series, before!.series)
  assert.equal(after!.variants[1]!.failures, 0)
})

test('a worker that is new is told of all; a canary that is gone is forgotten', () => {
  const tables = new CanaryTables(1)
  const grants = tables.update(put(10, 'canary'))
  assert.deepEqual(tables.grants(), grants)
  tables.update({ revision: 2, upserts: [], removals: [resourceKey('canary', NAME)] })
  assert.deepEqual([tables.grants(), tables.tallies(), [...tables.samples()]], [[], [], []])
})

test('metrics say what each variant has and what became of its requests', () => {
  const tables = new CanaryTables(1)
  const [grant] = tables.update(put(30, 'a', 'b'))
  new VariantCells(grant!.memory, 2, 0).count(false, 5)
  new VariantCells(grant!.memory, 2, 0).countAsked(true)
  const samples = new Map(
    [...tables.samples()].map(([family, labels, value]) => [`${family} ${labels.join(' ')}`, value]),
  )
  assert.equal(samples.get('sluice_canary_weight_percent shop checkout primary'), 40)
  assert.equal(samples.get('sluice_canary_weight_percent shop checkout b'), 30)
  assert.equal(samples.get('sluice_canary_requests shop checkout b success'), 1)
  assert.equal(samples.get('sluice_canary_requests shop checkout b failure'), 1)
  assert.equal(tables.tallies()[0]!.variants[2]!.failures, 0, 'who asks for it is no sample of all')
})
