/** Where objects come from: one interface, whether a folder of manifests or a cluster is behind it. */
import type { Problem } from '../../model/problem.ts'
import type { Ref } from '../api/kubernetes/metadata.ts'
import type { Subject } from '../api/kubernetes/subject.ts'
import type { Entry } from '../store.ts'

/** What happened since the last batch. Applied as a whole: an object that moved is never gone in between. */
export interface SourceBatch {
  readonly upserts: readonly Entry[]
  readonly removals: readonly Ref[]
  /** All problems this source has now; they replace those of the batch before. */
  readonly problems: readonly Problem[]
}

export interface Source {
  /**
   * Begins to feed the sink. The first batch holds all that exists and is delivered before this resolves.
   * @throws Error that says in words why there is nothing to read from.
   */
  start(sink: (batch: SourceBatch) => void): Promise<void>
  /**
   * Told which Secrets and ConfigMaps are referred to, whether they exist or not; for sources that do not read all there
   * are. Resolves once what is new among them was looked for.
   */
  want?(asked: ReadonlySet<Ref>): Promise<void>
  /** Whether all of these were looked for by now: one that was not may exist. */
  hasRead?(asked: ReadonlySet<Ref>): boolean
  /** What there is to know of an object that exists and cannot be read. */
  unreadable?(ref: Ref): Subject | undefined
  /** Ends all watching; the sink is not called after this. */
  stop(): void
}
