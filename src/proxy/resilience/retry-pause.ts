/** How long a request that failed waits before it is sent again. */
import { backoff } from '../../lib/backoff.ts'
import type { Random } from '../../lib/random.ts'
import { FAULTS, type FaultCode } from '../faults.ts'

/** As Envoy has it: a pause that nobody notices, and long enough for a process that is about to listen. */
const PAUSE = { minMs: 25, maxMs: 250 } as const

export interface RetryFacts {
  /** Attempts made so far. */
  readonly attempts: number
  /** How the last one ended; `undefined` where its answer was not good enough. */
  readonly fault: FaultCode | undefined
  /** Whether an endpoint is left that was not asked yet. */
  readonly elsewhere: boolean
}

/**
 * Milliseconds. The first time another endpoint is asked at once, as nginx and HAProxy do: that one endpoint failed says
 * nothing about the next one, and the client waits. So is the same endpoint, where it is the only one and ended a
 * connection: that may have been idle for too long, or old enough to be replaced. After that, and where the only one
 * there is does not even take connections, those who failed together would come back together: chance spreads them out.
 * A refusal is no failure of whoever is asked next, and took no time: of an application that is mostly gone, what is left
 * is found at once.
 */
export function retryPause({ attempts, fault, elsewhere }: RetryFacts, random: Random): number {
  const isUnreachable = fault !== undefined && FAULTS[fault].blame && FAULTS[fault].retry === 'always'
  const wasRefused = fault === 'connect-refused' && elsewhere
  const atOnce = wasRefused || (attempts === 1 && (elsewhere || !isUnreachable))
  return atOnce ? 0 : backoff(PAUSE, attempts, random)
}
