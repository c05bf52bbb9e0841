/** What became of connections and sessions that one worker passed on as they are: counted and logged, once each. */
import type { ClusterName } from '../../model/cluster.ts'
import type { AccessLog } from '../access-log.ts'
import { clusterLabels } from '../cluster-labels.ts'
import type { Sample } from '../metrics.ts'
import type { Passage, PassageResult } from '../passage.ts'

export interface PassagesInit {
  /** None while nothing is to be logged. */
  readonly accessLog: () => AccessLog | undefined
  /** Monotonic milliseconds. */
  readonly now: () => number
}

export class Passages {
  readonly #init: PassagesInit
  /** By cluster and result. */
  readonly #counts = new Map<ClusterName, Map<PassageResult, number>>()

  constructor(init: PassagesInit) {
    this.#init = init
  }

  over(passage: Passage): void {
    const { cluster, result } = passage
    const counts = this.#counts.getOrInsertComputed(cluster, () => new Map())
    counts.set(result, (counts.get(result) ?? 0) + 1)
    this.#init.accessLog()?.passed(passage, this.#init.now())
  }

  *samples(): Iterable<Sample> {
    for (const [cluster, counts] of this.#counts) {
      const labels = clusterLabels(cluster)
      for (const [result, n] of counts) yield ['sluice_relayed_connections', [...labels, result], n]
    }
  }
}
