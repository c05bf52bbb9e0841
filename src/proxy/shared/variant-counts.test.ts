import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketOf } from '../../lib/log-buckets.ts'
import { VariantCells, variantMemory, variantSums } from './variant-counts.ts'

test('the counts of all workers are added up, of each variant for itself', () => {
  const memory = variantMemory(3, 2)
  for (const worker of [0, 1, 2]) {
    const cells = new VariantCells(memory, 1, worker)
    cells.count(false, 10 * (worker + 1))
    cells.count(true, undefined)
  }
  new VariantCells(memory, 0, 2).count(true, 500)
  new VariantCells(memory, 1, 1).countAsked(true)
  const { successes, failures, latencies, asked } = variantSums(memory, 1)
  assert.deepEqual([successes, failures, asked], [3, 3, { successes: 0, failures: 1 }])
  assert.deepEqual(
    latencies.flatMap((count, bucket) => (count > 0 ? [bucket] : [])),
    [10, 20, 30].map(bucketOf),
  )
  assert.deepEqual([variantSums(memory, 0).successes, variantSums(memory, 0).failures], [0, 1])
})
