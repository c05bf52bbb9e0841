/** One limit in one worker: the table that all workers share, and what this one was told by it. */
import type { ConcurrencyTable } from '../shared/concurrency-table.ts'
import type { GcraTable, RateSpec } from '../shared/gcra-table.ts'
import type { LimitShare } from '../shared/limit-share.ts'
import type { Offenders } from './offenders.ts'
import type { LimitStore } from './store/limit-store.ts'

export class Limit {
  readonly name: string
  /** All are undefined until the supervisor has given memory: then there is no limit yet. */
  rate: GcraTable | undefined = undefined
  concurrency: ConcurrencyTable | undefined = undefined
  /** Counts bytes. */
  bandwidth: GcraTable | undefined = undefined
  bytesPerSecond = Number.POSITIVE_INFINITY
  /** Where it holds for all replicas together. */
  share: LimitShare | undefined = undefined
  ofCluster: RateSpec | undefined = undefined
  /** Where it is counted instead of here. */
  store: LimitStore | undefined = undefined
  /** Of the hashes: chance, so that nobody can look for keys that fall together. */
  seed = 0
  passed = 0
  limited = 0
  /** Refused only in name. */
  shadowed = 0

  /** Once somebody was. */
  offenders: Offenders | undefined = undefined

  constructor(name: string) {
    this.name = name
  }

  /** Counts what became of a request. */
  count(isOver: boolean, shadow: boolean): void {
    if (!isOver) this.passed++
    else if (shadow) this.shadowed++
    else this.limited++
  }
}
