/**
 * How many attempts after the first ones a service gets: so many percent of what is under way, and a few each second
 * beside those. Attempts are repeated because endpoints fail, and endpoints often fail because they have too much to do:
 * without a bound, an overload that would have passed feeds itself (M. Brooker, "Exponential Backoff and Jitter", 2015;
 * as in Finagle's RetryBudget, 2016).
 *
 * The percentage is of all workers together, in shared memory. What is allowed each second is divided among them; the
 * first few after a quiet come at once, as when an endpoint crashes with all that it had.
 */
import type { Clock } from '../../lib/clock.ts'
import { TokenBucket, type TokenBucketSpec } from '../../lib/token-bucket.ts'
import type { RetryBudgetSpec } from '../../model/cluster.ts'
import type { ServiceRow } from '../shared/service-row.ts'

/** Seconds over which attempts that were not needed add up. */
const WINDOW_S = 10

export interface RetryBudgetInit {
  readonly clock: Pick<Clock, 'now'>
  readonly workers: number
}

export class RetryBudget {
  readonly #percent: number
  readonly #reserve: TokenBucket

  constructor({ percent, perSecond }: RetryBudgetSpec, { clock, workers }: RetryBudgetInit) {
    this.#percent = percent
    const share: TokenBucketSpec = { perSecond: perSecond / workers, burst: (perSecond * WINDOW_S) / workers }
    this.#reserve = new TokenBucket(clock, share)
  }

  /** Whether there may be one more beside those under way, of which the failed one still is; asked once for each. */
  allows(row: ServiceRow): boolean {
    return row.retrying * 100 < this.#percent * row.inFlight || this.#reserve.take()
  }
}
