/**
 * Observations counted in buckets of equal ratio: eight to an octave, so that a quantile is known to nine percent. Two
 * such histograms are added by adding their counts.
 */

const PER_OCTAVE = 8
const SMALLEST = 0.5
/** From half a millisecond to 32 seconds, where it is milliseconds that are counted. */
export const BUCKET_COUNT = 16 * PER_OCTAVE

/** The bucket of a value; the first and the last one hold what is smaller and what is larger, too. */
export function bucketOf(value: number): number {
  if (!(value > SMALLEST)) return 0
  return Math.min(BUCKET_COUNT - 1, Math.floor(Math.log2(value / SMALLEST) * PER_OCTAVE))
}

/** What is larger than all values of a bucket. */
export function upperBound(bucket: number): number {
  return SMALLEST * 2 ** ((bucket + 1) / PER_OCTAVE)
}

/** How many buckets further a value is that is so many times as large, at least one. */
export function bucketsFor(ratio: number): number {
  return Math.max(1, Math.round(Math.log2(ratio) * PER_OCTAVE))
}

/** The bucket that holds a quantile; -1 where nothing was counted. */
export function quantileBucket(counts: readonly number[], quantile: number): number {
  const rank = counts.reduce((sum, count) => sum + count, 0) * quantile
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    below += count
    if (count > 0 && below >= rank) return bucket
  }
  return -1
}
