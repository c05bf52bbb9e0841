/** Many pokes, one run: after a pause, but not later than a maximum. */
import type { Clock } from './clock.ts'

export interface DebounceSpec {
  /** Milliseconds without a poke that make a pause. */
  readonly quietMs: number
  /** Most milliseconds from the first poke to the run. */
  readonly maxMs: number
}

export interface Debounced {
  poke(): void
  /** Calls off what is due. */
  cancel(): void
}

export function debounce(clock: Clock, { quietMs, maxMs }: DebounceSpec, run: () => void): Debounced {
  let deadline: number | undefined
  let callOff = () => {}
  return {
    poke() {
      deadline ??= clock.now() + maxMs
      callOff()
      callOff = clock.after(Math.max(0, Math.min(quietMs, deadline - clock.now())), () => {
        deadline = undefined
        run()
      })
    },
    cancel() {
      callOff()
      deadline = undefined
    },
  }
}
