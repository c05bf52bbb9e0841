/** Waiting for a cluster, which does things when it does them. */
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 50

export interface Patience {
  readonly forMs?: number
  /** What is waited for, for the error. */
  readonly what: string
}

/**
 * Asks until the answer is not `undefined`. An error counts as no answer.
 * @throws Error that says what did not come, and the last error.
 */
export async function until<T>(
  { what, forMs = 30_000 }: Patience,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + forMs
  let complaint = ''
  for (;;) {
    try {
      const answer = await ask()
      if (answer !== undefined) return answer
    } catch (error) {
      complaint = `: ${(error as Error).message}`
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${forMs / 1_000} s${complaint}`)
    await sleep(POLL_MS)
  }
}
