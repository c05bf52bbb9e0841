/** Whom limits refuse, of all workers together. */
import type { Offender } from '../messages.ts'

/** Adds up what is said of the same key; the most refused first. */
export function addOffenders(lists: readonly (readonly Offender[])[]): readonly Offender[] {
  const sums = new Map<string, Offender>()
  for (const offender of lists.flat()) {
    const name = JSON.stringify([offender.limit, offender.key])
    const { refused = 0, error = 0 } = sums.get(name) ?? {}
    sums.set(name, { ...offender, refused: refused + offender.refused, error: error + offender.error })
  }
  return [...sums.values()].sort((a, b) => b.refused - a.refused)
}
