/** What a failure means for a reflector: where to go on, when, and how loud to be. One pure function. */
import { type BackoffSpec, backoff } from '../../../lib/backoff.ts'
import type { Random } from '../../../lib/random.ts'
import { ApiError, Garbled, Unreachable } from './errors.ts'

/** `live`: up to date as far as anybody knows. The others say why not; what was read before stays in use. */
export type Condition = 'starting' | 'live' | 'retrying' | 'forbidden' | 'unknown-kind'

export interface Verdict {
  readonly condition: Condition
  /** Whether the watch can go on where it stopped; otherwise all is listed again, and compared. */
  readonly resume: boolean
  readonly waitMs: number
}

/** Starts low, since most watches end for no reason; ends low enough that a server that is back is soon noticed. */
export const RETRY: BackoffSpec = { minMs: 200, maxMs: 10_000 }
/** An API server that has just started forbids what it does not know the rules for yet: so often that is believed. */
const HASTY_REFUSALS = 3
/** How often is tried again what a person has to mend. */
export const MENDED_MS = 30_000
/** More than that is no request of a server but a mistake. */
const MOST_RETRY_AFTER_MS = 300_000

/** @param failures in a row, this one included. */
export function judge(error: unknown, failures: number, random: Random): Verdict {
  const pause = backoff(RETRY, failures, random)
  const retry = (resume: boolean, waitMs = pause): Verdict => ({ condition: 'retrying', resume, waitMs })
  if (error instanceof Unreachable) return retry(true)
  // Half a line is an accident, two in a row are not: something there cannot be read, and a list goes around it.
  if (error instanceof Garbled) return retry(failures < 2)
  if (!(error instanceof ApiError)) return retry(false)
  if (error.status === 403) {
    return { condition: 'forbidden', resume: false, waitMs: afterRefusal(failures, random) }
  }
  if (isExpired(error)) return retry(false)
  if (error.retryAfterMs === undefined) return retry(true)
  // The same answer went to many: none may come back at the very moment that was named.
  return retry(true, Math.min(error.retryAfterMs, MOST_RETRY_AFTER_MS) + pause)
}

/** Milliseconds to the next try of what was forbidden so many times in a row. */
export function afterRefusal(refusals: number, random: Random): number {
  return refusals <= HASTY_REFUSALS ? backoff(RETRY, refusals, random) : MENDED_MS
}

/** The server does not remember our point in time any more (410), or has not reached it: it was restored from a backup. */
function isExpired({ status, reason, causes }: ApiError): boolean {
  return status === 410 || reason === 'Expired' || reason === 'Gone' || causes.includes('ResourceVersionTooLarge')
}
