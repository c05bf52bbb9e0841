/** Ends what has been silent for too long. A timer that is moved for every byte would cost more than the byte. */
import type { Clock } from '../../../lib/clock.ts'

export class Patience {
  readonly #clock: Clock
  readonly #ms: number
  readonly #run: () => void
  #heardAt: number
  #callOff = () => {}

  /** @param run called once, `ms` after the last sign of life (or after now), unless `end` comes first. */
  constructor(clock: Clock, ms: number, run: () => void) {
    this.#clock = clock
    this.#ms = ms
    this.#run = run
    this.#heardAt = clock.now()
    this.#wait(ms)
  }

  /** There was a sign of life. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  end(): void {
    this.#callOff()
  }

  #wait(ms: number): void {
    this.#callOff = this.#clock.after(ms, () => {
      const left = this.#heardAt + this.#ms - this.#clock.now()
      if (left > 0) this.#wait(left)
      else this.#run()
    })
  }
}
