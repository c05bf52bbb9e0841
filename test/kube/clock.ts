/** A clock that stands still, and tells what timers are set on it. */
import { FakeClock } from '../../src/lib/clock.ts'
import type { Bell } from './bell.ts'

export class RingingClock extends FakeClock {
  readonly #bell: Bell
  readonly #pending = new Set<{ readonly ms: number }>()

  constructor(bell: Bell) {
    super()
    this.#bell = bell
  }

  override after(ms: number, run: () => void): () => void {
    const timer = { ms }
    this.#pending.add(timer)
    this.#bell.ring()
    const callOff = super.after(ms, () => {
      this.#pending.delete(timer)
      run()
    })
    return () => {
      this.#pending.delete(timer)
      callOff()
    }
  }

  /** Waits until a timer of just this time is set. */
  set(ms: number): Promise<void> {
    return this.#bell.until(() => [...this.#pending].some((timer) => timer.ms === ms))
  }

  /** Waits until a timer of at most so long is set, lets it run out, and says how long it was. */
  async elapse(mostMs = 20_000): Promise<number> {
    const shortest = () => Math.min(...[...this.#pending].map(({ ms }) => ms))
    await this.#bell.until(() => shortest() <= mostMs)
    const ms = shortest()
    this.advance(ms)
    return ms
  }
}
