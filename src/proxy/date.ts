/** The Date field (RFC 9110 section 6.6.1), formatted once a second. */
import type { Clock } from '../lib/clock.ts'

export class DateText {
  readonly #clock: Clock
  #until = Number.NEGATIVE_INFINITY
  #text = ''

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** IMF-fixdate of now. */
  get(): string {
    const wall = this.#clock.wall()
    if (wall >= this.#until || wall < this.#until - 1000) {
      this.#until = Math.floor(wall / 1000) * 1000 + 1000
      this.#text = new Date(wall).toUTCString()
    }
    return this.#text
  }
}
