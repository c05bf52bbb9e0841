/** The Date field (RFC 9110 section 6.6.1), formatted once a second. */
import type { Clock } from '../lib/clock.ts'
import { HeaderList } from './headers.ts'

export class DateText {
  readonly #clock: Clock
  #until = Number.NEGATIVE_INFINITY
  #text = ''
  #fields = new HeaderList()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** IMF-fixdate of now. */
  get(): string {
    const wall = this.#clock.wall()
    if (wall >= this.#until || wall < this.#until - 1000) {
      this.#until = Math.floor(wall / 1000) * 1000 + 1000
      this.#text = new Date(wall).toUTCString()
      this.#fields = new HeaderList()
      this.#fields.add('Date', this.#text)
    }
    return this.#text
  }

  /** The same as a list of its own, to be appended to others. */
  fields(): HeaderList {
    this.get()
    return this.#fields
  }
}
