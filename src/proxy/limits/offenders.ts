/** Who was refused most by one limit, in one worker, of late: with each minute what was before counts for half. */
import { HeavyHitters, type Hitter } from '../../lib/heavy-hitters.ts'

const PLACES = 64
const HALF_LIFE_MS = 60_000

export class Offenders {
  readonly #hitters = new HeavyHitters(PLACES)
  #halvedAt: number

  /** @param now monotonic milliseconds, as everywhere here. */
  constructor(now: number) {
    this.#halvedAt = now
  }

  add(key: string, now: number): void {
    this.#age(now)
    this.#hitters.add(key)
  }

  top(now: number): readonly Hitter[] {
    this.#age(now)
    return this.#hitters.top()
  }

  #age(now: number): void {
    for (; now - this.#halvedAt >= HALF_LIFE_MS; this.#halvedAt += HALF_LIFE_MS) this.#hitters.halve()
  }
}
