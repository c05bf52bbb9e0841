/**
 * The end of long streams where an endpoint, or the proxy itself, has a known time left. Each stream is asked to end at
 * a moment of its own, by chance and evenly spread, so that its clients do not come back all at once; and all of that
 * is over before the time is, so that the kill that follows cuts nobody.
 *
 * What is no long stream, as far as one can tell, is left to finish: see `Leaver`.
 */
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { Leaver } from './sides.ts'

/** Share of the time over which streams end that know how to. The rest covers that we hear of an end late. */
const SPREAD = 0.8
/** After that and up to here, answers without a known end are broken off. */
const LAST = 0.95
/** How long after it was asked a stream may take to come to a point at which it can end well. */
const PATIENCE_MS = 2_000
/** Streams that begin, or turn out to be ones, this close to the end of the spread have no turn of their own in it. */
const NO_TURN_MS = 200

export interface DepartureInit {
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds until all is cut. */
  readonly graceMs: number
  /** Monotonic milliseconds from which they count; now, without it. */
  readonly since?: number
}

export class Departure {
  readonly since: number
  readonly graceMs: number
  readonly #clock: Clock
  readonly #random: Random
  /** How to call the next question off. */
  readonly #waiting = new Map<Leaver, () => void>()

  constructor({ clock, random, graceMs, since = clock.now() }: DepartureInit) {
    this.since = since
    this.graceMs = graceMs
    this.#clock = clock
    this.#random = random
  }

  /** Something that may be a long stream by the time it is asked. */
  add(leaver: Leaver): void {
    const left = this.#left(SPREAD)
    if (left >= NO_TURN_MS) return this.#after(this.#random() * left, leaver, false)
    // The last ones have a spread of their own.
    this.#after(left + this.#random() * (this.#left(LAST) - left), leaver, true)
  }

  /** It is over by itself. */
  remove(leaver: Leaver): void {
    this.#waiting.get(leaver)?.()
    this.#waiting.delete(leaver)
  }

  /** Nobody has to leave any more. */
  cancel(): void {
    for (const cancel of this.#waiting.values()) cancel()
    this.#waiting.clear()
  }

  /** Milliseconds until a share of the time has passed. */
  #left(share: number): number {
    return Math.max(0, this.since + this.graceMs * share - this.#clock.now())
  }

  #after(ms: number, leaver: Leaver, last: boolean): void {
    this.#waiting.set(
      leaver,
      this.#clock.after(ms, () => this.#ask(leaver, last)),
    )
  }

  #ask(leaver: Leaver, last: boolean): void {
    this.#waiting.delete(leaver)
    const answer = leaver.leave(last)
    if (last || answer === 'gone') return
    if (answer === 'soon') this.#after(PATIENCE_MS, leaver, true)
    else this.add(leaver)
  }
}
