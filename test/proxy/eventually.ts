/** Waiting for conditions rather than for time: all peers share one event loop, so each turn brings them forward. */

/** A bound for what should take milliseconds, generous because machines are busy. */
const PATIENCE_MS = 60_000

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Resolves with what `ready` returns, once that is neither undefined nor false. */
export async function eventually<T>(what: string, ready: () => T | undefined | false): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const value = ready()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) throw new Error(`still waiting: ${what}`)
    await turn()
  }
}

/** How long a value has to stay as it is; a busy kernel may take a while to pass packets on, even to itself. */
const QUIET_TURNS = 100
const QUIET_MS = 25

/** Resolves once a value stays as it is: nothing is under way any more. */
export async function settled(value: () => number): Promise<number> {
  let last = value()
  let turns = 0
  let since = performance.now()
  await eventually('a value that stays', () => {
    const now = value()
    if (now === last) return ++turns > QUIET_TURNS && performance.now() - since > QUIET_MS
    last = now
    turns = 0
    since = performance.now()
    return false
  })
  return last
}
