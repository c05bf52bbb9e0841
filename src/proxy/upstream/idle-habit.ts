/**
 * After how long an endpoint closes connections that wait, as far as it is seen to. Whoever sends a request on one that
 * is being closed in the same moment gets a reset, and where the request must not be repeated its client gets an error:
 * so ours are closed first, some time before.
 *
 * One end says nothing: processes restart, collectors pause. Two at the same age, at two different times, are a habit.
 */

/** Ages that differ by less are the same: clocks here tick ten times a second, and so do those of some servers. */
const SLACK_MS = 250
const SLACK_PART = 0.1
/** An endpoint that ends connections sooner does so for other reasons. */
const SHORTEST_MS = 1_000
/** How long before the endpoint we close: longer than any news is on its way, and half of what is short. */
const MARGIN_MS = 1_000

export class IdleHabit {
  /** Milliseconds; infinity where none is known. */
  #seenMs = Number.POSITIVE_INFINITY
  #lastMs = 0
  #lastAt = Number.NEGATIVE_INFINITY

  /** The endpoint closed a connection that had waited for so long. @param now monotonic milliseconds. */
  closed(idleMs: number, now: number): void {
    if (idleMs < SHORTEST_MS) return
    const isSame = Math.abs(idleMs - this.#lastMs) <= Math.max(SLACK_MS, idleMs * SLACK_PART)
    if (isSame && now !== this.#lastAt) this.#seenMs = Math.min(this.#seenMs, idleMs, this.#lastMs)
    this.#lastMs = idleMs
    this.#lastAt = now
  }

  /**
   * How long a connection may wait.
   * @param wantedMs as configured; 0 is for ever.
   * @param announcedMs by the endpoint itself with its last answer (`Keep-Alive: timeout=`); 0 where it said nothing.
   */
  bound(wantedMs: number, announcedMs: number): number {
    const known = announcedMs > 0 ? Math.min(announcedMs, this.#seenMs) : this.#seenMs
    if (known === Number.POSITIVE_INFINITY) return wantedMs
    const safe = Math.max(1, known - Math.min(MARGIN_MS, known / 2))
    return wantedMs === 0 ? safe : Math.min(wantedMs, safe)
  }
}
