/** What the loop tells those who report on it to the outside. It waits for none of them. */
import type { Problem } from '../model/problem.ts'
import type { KubernetesObject } from './api/kubernetes/kinds.ts'
import type { Ref } from './api/kubernetes/metadata.ts'
import type { Subject } from './api/kubernetes/subject.ts'
import type { ServedChange } from './translate/translate.ts'

/** What every worker has by now: the objects as they were translated, which may be older than they are now. */
export interface Applied {
  /** Which are ours now, since the last time. */
  readonly ingresses: ServedChange
  /** Objects of our own kinds; the same list as before where nothing about them changed. */
  readonly owned: readonly KubernetesObject[]
  /** What is wrong with them. */
  readonly problems: readonly Problem[]
}

export interface Observer {
  /** Every worker has applied this. */
  applied(applied: Applied): void
  /** All that is wrong now, the source included. */
  problems(problems: readonly Problem[]): void
}

/** One object as it is now; `undefined` where there is none. */
export type Lookup = (ref: Ref) => Subject | undefined
