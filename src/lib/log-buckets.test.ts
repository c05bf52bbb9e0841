import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET_COUNT, bucketOf, bucketsFor, quantileBucket, upperBound } from './log-buckets.ts'

test('every value is below the bound of its bucket, and not below that of the one before', () => {
  for (let value = 0.51; value < 30_000; value *= 1.07) {
    const bucket = bucketOf(value)
    assert.ok(value < upperBound(bucket), `${value}`)
    assert.ok(bucket === 0 || value >= upperBound(bucket - 1), `${value}`)
  }
})

test('what is too small or too large has a place at the ends', () => {
  assert.deepEqual([-1, 0, Number.NaN, 1e9].map(bucketOf), [0, 0, 0, BUCKET_COUNT - 1])
})

test('a quantile is known to nine percent', () => {
  const counts = new Array<number>(BUCKET_COUNT).fill(0)
  for (let ms = 1; ms <= 1_000; ms++) counts[bucketOf(ms)]!++
  for (const quantile of [0.5, 0.95, 0.99]) {
    const found = upperBound(quantileBucket(counts, quantile))
    assert.ok(found >= quantile * 1_000 && found <= quantile * 1_100, `${quantile}: ${found}`)
  }
  assert.equal(quantileBucket([0, 0], 0.5), -1)
})

test('a ratio is a number of buckets', () => {
  assert.deepEqual([2, 1.2, 1.0001].map(bucketsFor), [8, 2, 1])
})
