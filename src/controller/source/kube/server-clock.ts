/**
 * How far the API server's clock is ahead of ours. Each answer has a `Date` (RFC 9110 section 6.6.1) in whole seconds,
 * made between our question and its arrival: that bounds the difference from both sides, as Cristian's algorithm does
 * (F. Cristian, Probabilistic clock synchronization, 1989). What all bounds have in common is far narrower than a
 * second after a few answers; where they have nothing in common, a clock was set or has drifted, and the newest counts.
 */
const RESOLUTION_MS = 1_000

export class ServerClock {
  /** Milliseconds; nothing is known before the first answer. */
  #least = Number.NEGATIVE_INFINITY
  #most = Number.POSITIVE_INFINITY

  /**
   * @param date of an answer; what is missing or no date says nothing.
   * @param sentAt when it was asked for, and `receivedAt` when it came: wall-clock milliseconds of ours.
   */
  note(date: string | undefined, sentAt: number, receivedAt: number): void {
    const told = date === undefined ? Number.NaN : Date.parse(date)
    if (Number.isNaN(told) || receivedAt < sentAt) return
    const least = told - receivedAt
    const most = told + RESOLUTION_MS - sentAt
    const isDisjoint = least > this.#most || most < this.#least
    this.#least = isDisjoint ? least : Math.max(this.#least, least)
    this.#most = isDisjoint ? most : Math.min(this.#most, most)
  }

  /** To be added to a time of ours; 0 before the first answer. */
  get offsetMs(): number {
    return this.#most === Number.POSITIVE_INFINITY ? 0 : (this.#least + this.#most) / 2
  }
}
