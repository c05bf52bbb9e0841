/**
 * What one client may send or get of a bandwidth that all its requests share. Bytes are given a time at which they may
 * pass, one after the other (virtual scheduling, ITU-T I.371 annex A, as a queue): several streams take turns, and
 * what passes in all is the rate.
 */
import { byteRate, inRequests } from '../../shared/byte-rate.ts'
import type { KeyHash } from '../../shared/gcra-table.ts'
import type { Limit } from '../limit.ts'

/** Parts of a second's worth that streams take in turns, and what one is at least and at most. */
const PARTS = 8
const LEAST_BYTES = 256
const MOST_BYTES = 64 * 1024

export interface BudgetInit {
  readonly limit: Limit
  readonly key: KeyHash
  /** Waits for nothing and counts what would. */
  readonly shadow: boolean
  /** Monotonic milliseconds, the same in all workers. */
  readonly now: () => number
}

export class ByteBudget {
  readonly #init: BudgetInit
  /** Whether some of the bytes had to wait, or would have had to. */
  exceeded = false

  constructor(init: BudgetInit) {
    this.#init = init
  }

  /** So many bytes are asked for at once at most, so that others get their turn. */
  get turnBytes(): number {
    const { bytesPerSecond } = this.#init.limit
    return Math.min(Math.max(Math.ceil(bytesPerSecond / PARTS), LEAST_BYTES), MOST_BYTES)
  }

  /** Takes room for so many bytes. @returns the milliseconds until it is there. */
  reserve(bytes: number): number {
    const { limit, key, shadow, now } = this.#init
    const { bandwidth, bytesPerSecond } = limit
    // A limit that was removed meanwhile.
    if (bandwidth === undefined) return 0
    const cost = inRequests(bytes)
    const wait = shadow
      ? bandwidth.take(key, now(), Math.min(cost, byteRate(bytesPerSecond).burst))
      : bandwidth.reserve(key, now(), cost)
    if (wait > 0) this.exceeded = true
    return shadow ? 0 : wait
  }
}
