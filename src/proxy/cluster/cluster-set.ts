/** All clusters of a worker, by name. A name that is asked for before it is known gets a cluster without endpoints. */
import type { Random } from '../../lib/random.ts'
import type { ClusterName, ClusterSpec, EndpointSpec, WeightedCluster } from '../../model/cluster.ts'
import { clusterLabels } from '../cluster-labels.ts'
import type { RowGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import type { ClusterChoice, EndpointSource } from '../types.ts'
import { Cluster, type ClusterHost } from './cluster.ts'

/** What all clusters need of their worker. */
export interface ClusterSetHost extends Omit<ClusterHost, 'suspect'> {
  /** An endpoint of this cluster has failed as often in a row as its ejection takes. */
  suspect(cluster: string): void
}

export class ClusterSet {
  readonly #host: ClusterSetHost
  readonly #clusters = new Map<string, Cluster>()
  /** Names that the snapshot holds, whether a route uses them or not. */
  readonly #configured = new Set<string>()

  constructor(host: ClusterSetHost) {
    this.#host = host
  }

  get(name: ClusterName): Cluster {
    let cluster = this.#clusters.get(name)
    if (cluster === undefined) {
      cluster = new Cluster({ ...this.#host, suspect: () => this.#host.suspect(name) })
      this.#clusters.set(name, cluster)
    }
    return cluster
  }

  setSpec(name: string, spec: ClusterSpec): void {
    this.#configured.add(name)
    this.get(name as ClusterName).setSpec(spec)
  }

  setEndpoints(name: string, endpoints: readonly EndpointSpec[], rows?: RowGrant): void {
    this.#configured.add(name)
    this.get(name as ClusterName).setEndpoints(endpoints, rows)
  }

  /** The cluster is gone: its connections close; routes that still name it answer 503. */
  remove(name: string): void {
    this.#configured.delete(name)
    this.#clusters.get(name)?.setEndpoints([])
  }

  /** No route names these any more: those that the snapshot does not hold either are forgotten. */
  forget(unrouted: Iterable<string>): void {
    for (const name of unrouted) if (!this.#configured.has(name)) this.#clusters.delete(name)
  }

  *samples(): Iterable<Sample> {
    for (const [name, cluster] of this.#clusters) yield* cluster.samples(clusterLabels(name))
  }

  /** One cluster, or several by weight. */
  choice(weighted: readonly WeightedCluster[]): ClusterChoice {
    const live = weighted
      .filter(({ weight }) => weight > 0)
      .map(({ name, weight }) => ({ cluster: this.get(name), weight }))
    if (live.length === 1) return live[0]!.cluster
    return new WeightedChoice(live, this.#host.random)
  }
}

class WeightedChoice implements ClusterChoice {
  readonly #clusters: readonly { cluster: Cluster; weight: number }[]
  readonly #random: Random
  readonly #total: number

  constructor(clusters: readonly { cluster: Cluster; weight: number }[], random: Random) {
    this.#clusters = clusters
    this.#random = random
    this.#total = clusters.reduce((sum, { weight }) => sum + weight, 0)
  }

  choose(): EndpointSource {
    let left = this.#random() * this.#total
    for (const { cluster, weight } of this.#clusters) {
      left -= weight
      if (left < 0) return cluster
    }
    return NOBODY
  }
}

/** Where all weights are zero. */
const NOBODY: EndpointSource = {
  acquire: () => undefined,
  allowsRetry: () => false,
  hasOther: () => false,
  wait: () => 'no-endpoint',
}
