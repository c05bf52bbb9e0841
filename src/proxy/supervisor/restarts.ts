/** Whether a worker that died gets a successor, and when. */
import { backoff } from '../../lib/backoff.ts'
import type { Random } from '../../lib/random.ts'

const WINDOW_MS = 60_000
/** As many deaths in the window, of any workers, and the cause is not chance: Kubernetes may decide. */
const GIVE_UP_AT = 3
const DELAYS = { minMs: 200, maxMs: 5_000 }

export class Restarts {
  readonly #random: Random
  #deaths: readonly number[] = []

  constructor(random: Random) {
    this.#random = random
  }

  /**
   * Notes a death.
   * @param now monotonic milliseconds.
   * @returns milliseconds until the successor may start; `undefined` where there is to be none.
   */
  died(now: number): number | undefined {
    this.#deaths = [...this.#deaths.filter((at) => now - at < WINDOW_MS), now]
    if (this.#deaths.length >= GIVE_UP_AT) return undefined
    return Math.round(backoff(DELAYS, this.#deaths.length, this.#random))
  }
}
