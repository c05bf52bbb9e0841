/** One limit in one worker: the table that all workers share, and what this one was told by it. */
import type { GcraTable, KeyHash } from '../shared/gcra-table.ts'

export class RateLimit {
  readonly name: string
  /** Undefined until the supervisor has given memory: then there is no limit yet. */
  table: GcraTable | undefined = undefined
  /** Of the hashes: chance, so that nobody can look for keys that fall together. */
  seed = 0
  passed = 0
  limited = 0
  /** Refused only in name. */
  shadowed = 0

  constructor(name: string) {
    this.name = name
  }

  /** @returns 0 where there is room, which is taken; otherwise the milliseconds after which there would be. */
  take(key: KeyHash, now: number): number {
    return this.table === undefined ? 0 : this.table.take(key, now)
  }
}
