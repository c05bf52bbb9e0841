/**
 * All that is done about endpoints once for all workers: rows in shared memory, and judges that write their verdicts
 * there. Each judge hears of every update and counts for itself.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { Problem } from '../../model/problem.ts'
import type { Snapshot, Update } from '../../model/snapshot.ts'
import type { RowGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { type EndpointMemory, EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import { Attributions } from './attributions.ts'
import { Ejections } from './ejections.ts'
import { EndpointRows } from './endpoint-rows.ts'
import { type ClusterView, endpointsView } from './endpoints-view.ts'
import { check } from './health/checks.ts'
import { HealthChecks } from './health/health-checks.ts'

/** More than the Pods that Kubernetes supports in a cluster (150 000); memory is taken only for those that are there. */
const ENDPOINT_ROWS = 262_144

export interface EndpointWatchInit {
  readonly workers: number
  readonly clock: Clock
  readonly random: Random
  readonly log: {
    info(fields: object, message: string): void
    error(fields: object, message: string): void
  }
  /** Milliseconds since the epoch by the clock of the cluster, where there is one. */
  readonly clusterTime?: (() => number) | undefined
  /** Told what traffic shows to be wrong with objects: all there is of it, whenever that changes. */
  readonly onFindings: (findings: readonly Problem[]) => void
}

interface Judge {
  /** What is asked for, or who there is, has changed; rows were given before. */
  update(update: Update): void
  samples(): Iterable<Sample>
  stop(): void
}

export class EndpointWatch {
  /** For workers. */
  readonly memory: EndpointMemory
  readonly #clock: Clock
  readonly #rows: EndpointRows
  readonly #ejections: Ejections
  readonly #healthChecks: HealthChecks
  readonly #attributions: Attributions
  readonly #judges: readonly Judge[]

  constructor({ workers, clock, random, log, clusterTime, onFindings }: EndpointWatchInit) {
    this.memory = endpointMemory(workers, ENDPOINT_ROWS)
    this.#clock = clock
    const stats = new EndpointStats(this.memory)
    const onFull = () =>
      log.error({ rows: ENDPOINT_ROWS }, 'too many endpoints: each worker counts the rest for itself')
    const rows = new EndpointRows({ stats, now: () => clock.now(), clusterTime, onFull })
    this.#rows = rows
    this.#ejections = new Ejections({ rows, stats, clock, log })
    this.#healthChecks = new HealthChecks({ rows, stats, clock, random, log, ask: check })
    this.#attributions = new Attributions({ rows, stats, clock, random, onFindings })
    this.#judges = [this.#ejections, this.#healthChecks, this.#attributions]
  }

  /**
   * @param confirmed the last update that every worker has applied.
   * @returns the rows that go with the update.
   */
  update(update: Update, confirmed: number): readonly RowGrant[] {
    const grants = this.#rows.update(update, confirmed)
    for (const judge of this.#judges) judge.update(update)
    return grants
  }

  /** All rows, for a worker that knows nothing yet. */
  grants(): readonly RowGrant[] {
    return this.#rows.grants()
  }

  /** A worker has seen an endpoint of this cluster fail as often in a row as its ejection takes. */
  suspect(cluster: string): void {
    this.#ejections.suspect(cluster)
  }

  /** What a worker has under way ended with it. */
  erase(worker: number): void {
    this.#rows.erase(worker)
  }

  *samples(): Iterable<Sample> {
    for (const judge of this.#judges) yield* judge.samples()
  }

  /** What is known of endpoints now, by cluster. */
  view(snapshot: Snapshot): Readonly<Record<string, ClusterView>> {
    const healthOf = (cluster: string, id: string) => this.#healthChecks.view(cluster, id)
    const suspected = (cluster: string) => this.#attributions.suspected(cluster)
    return endpointsView(this.#rows.clusters, snapshot, { now: this.#clock.now(), healthOf, suspected })
  }

  /** Judges nobody any more. */
  stop(): void {
    for (const judge of this.#judges) judge.stop()
  }
}
