/**
 * The desired state in parts: what each of them gives, in resources and in problems. A part is put again when it may be
 * another; what differs from before is known without looking at the rest.
 */
import { Relation } from '../../lib/relation.ts'
import { type Problem, sameProblems } from '../../model/problem.ts'
import type { Change, Entry, ResourceKey } from '../../model/snapshot.ts'
import { tidy } from './report.ts'

/** Kind and name, as in `host/a.example`. */
export type PartName = string

export interface Part {
  /** Two parts may give the same resource; then they agree on it. */
  readonly entries?: readonly Entry[]
  readonly problems?: readonly Problem[]
}

export class Parts {
  readonly #resources = new Relation<PartName, ResourceKey>()
  readonly #upserts = new Map<ResourceKey, string>()
  readonly #removals = new Set<ResourceKey>()
  /** Of parts that have some. */
  readonly #faulty = new Map<PartName, readonly Problem[]>()
  #problems: readonly Problem[] = []
  #isTidy = true

  /** All problems, in a fixed order, each once; the same list as before where none came or went. */
  get problems(): readonly Problem[] {
    if (this.#isTidy) return this.#problems
    const problems = tidy([...this.#faulty.values()].flat())
    if (!sameProblems(problems, this.#problems)) this.#problems = problems
    this.#isTidy = true
    return this.#problems
  }

  /** This is what the part gives from now on; nothing where it is empty. */
  put(name: PartName, { entries = [], problems = [] }: Part): void {
    const keys = entries.map(([key]) => key)
    for (const key of this.#resources.set(name, keys).gone) {
      this.#upserts.delete(key)
      this.#removals.add(key)
    }
    for (const [key, text] of entries) {
      this.#removals.delete(key)
      this.#upserts.set(key, text)
    }
    this.#complain(name, problems)
  }

  /** What was put since the last time; some of it may be as it was before. */
  takeChange(): Change {
    const change = { upserts: [...this.#upserts], removals: [...this.#removals] }
    this.#upserts.clear()
    this.#removals.clear()
    return change
  }

  #complain(name: PartName, problems: readonly Problem[]): void {
    if (problems.length === 0 && !this.#faulty.has(name)) return
    if (problems.length === 0) this.#faulty.delete(name)
    else this.#faulty.set(name, problems)
    this.#isTidy = false
  }
}
