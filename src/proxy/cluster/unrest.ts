/**
 * Whether the endpoints of a cluster come and go at the moment. Rollouts, scaling and evictions end one endpoint after
 * the other, often before anybody tells us: for a while after any sign of it, requests that could not be repeated are
 * sent with more care.
 */
import type { Clock } from '../../lib/clock.ts'

/** Longer than it takes until the next Pod of a rollout is ready, and another one goes. */
const UNREST_MS = 10_000
/** An application that takes no notice of `Expect` will not do so before it is another version of it. */
const SILENT_MS = 600_000

export class Unrest {
  /** Monotonic milliseconds. */
  until = Number.NEGATIVE_INFINITY
  readonly #clock: Pick<Clock, 'now'>
  #silentUntil = Number.NEGATIVE_INFINITY

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** An endpoint came, went, or shows that it is about to go. */
  stir(): void {
    this.until = this.#clock.now() + UNREST_MS
  }

  /** Whether there is an answer to be hoped for where the application is asked before it is sent a body. */
  get isAnswered(): boolean {
    return this.#silentUntil <= this.#clock.now()
  }

  /** It was asked, and took no notice. */
  askedInVain(): void {
    this.#silentUntil = this.#clock.now() + SILENT_MS
  }
}
