/** Waiting for conditions rather than for time. Everything runs in one event loop, so each turn brings it forward. */

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

/** Resolves once a value has not changed for many turns: on loopback nothing is under way any more. */
export async function settled(value: () => number): Promise<number> {
  let last = value()
  let still = 0
  await eventually('a value that stays', () => {
    const now = value()
    still = now === last ? still + 1 : 0
    last = now
    return still > 200
  })
  return last
}
