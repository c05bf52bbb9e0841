/** Bytes in a table that counts requests: a KiB is one, so that its ticks are bytes. */
import type { RateSpec } from './gcra-table.ts'

const BYTES_OF_ONE = 1_024

/** So many bytes a second; after a rest what comes in a second may pass at once. */
export function byteRate(bytesPerSecond: number): RateSpec {
  return { requests: inRequests(bytesPerSecond), perMs: 1_000, burst: inRequests(bytesPerSecond) }
}

export function inRequests(bytes: number): number {
  return bytes / BYTES_OF_ONE
}
