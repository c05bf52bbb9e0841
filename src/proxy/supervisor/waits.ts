/** Promises that resolve when a condition over changing state holds; whoever changes the state says so. */
import type { Clock } from '../../lib/clock.ts'

interface Wait {
  readonly holds: () => boolean
  readonly resolve: (held: boolean) => void
}

export class Waits {
  readonly #clock: Clock
  readonly #waits = new Set<Wait>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** True once the condition holds; false where `deadlineMs` passed before. */
  async until(holds: () => boolean, deadlineMs?: number): Promise<boolean> {
    if (holds()) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const wait = { holds, resolve }
    this.#waits.add(wait)
    const cancel = deadlineMs === undefined ? undefined : this.#clock.after(deadlineMs, () => resolve(false))
    const held = await promise
    this.#waits.delete(wait)
    cancel?.()
    return held
  }

  /** The state may have changed. */
  check(): void {
    for (const wait of this.#waits) if (wait.holds()) wait.resolve(true)
  }
}
