/** How long to wait before the next try: doubling, bounded, spread by chance. */
import type { Random } from './random.ts'

export interface BackoffSpec {
  /** Milliseconds before the first retry, and the most before any. */
  readonly minMs: number
  readonly maxMs: number
}

/**
 * Milliseconds to wait after the given number of failures in a row (1 or more). Half of the time is fixed and half
 * is chance, so that those who failed together do not come back together.
 */
export function backoff({ minMs, maxMs }: BackoffSpec, failures: number, random: Random): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** Math.min(failures - 1, 30))
  return ceiling / 2 + (random() * ceiling) / 2
}
