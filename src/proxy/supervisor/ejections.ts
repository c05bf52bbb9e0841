/**
 * Carries out what `outlier.ts` decides: writes verdicts into the rows of endpoints, tells every worker to look again,
 * and counts. Looks at each cluster on an interval, and at once where a worker suspects somebody.
 */
import type { Clock } from '../../lib/clock.ts'
import { type ClusterSpec, DEFAULT_OUTLIER, endpointId, type OutlierSpec } from '../../model/cluster.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import { type EjectionReason, judge, type Observation, type Verdict } from '../cluster/outlier.ts'
import { clusterLabels } from '../cluster-labels.ts'
import type { Sample } from '../metrics.ts'
import type { EndpointRow, EndpointStats } from '../shared/endpoint-stats.ts'
import type { EndpointRows, SeatedEndpoint } from './endpoint-rows.ts'
import { IntervalTallies } from './interval-tallies.ts'

/** How often is looked whose interval is over. */
const TICK_MS = 1_000
const TENTHS = 10

export interface EjectionsInit {
  readonly rows: EndpointRows
  readonly stats: EndpointStats
  readonly clock: Clock
  readonly log: { info(fields: object, message: string): void }
}

/** One that is ready and healthy, and can be judged. */
interface Accused extends SeatedEndpoint {
  readonly row: EndpointRow
}

class Court {
  /** `namespace/service:port`. */
  readonly name: string
  spec: OutlierSpec = DEFAULT_OUTLIER
  /** Monotonic milliseconds when its interval is over. */
  dueAt: number
  readonly tallies = new IntervalTallies()
  readonly ejections = new Map<EjectionReason, number>()

  constructor(name: string, now: number) {
    this.name = name
    this.dueAt = now + this.spec.intervalMs
  }

  /** Percent and latency are about an interval; streaks are not. */
  get hasIntervals(): boolean {
    return this.spec.failurePercent > 0 || this.spec.latencyFactor > 0
  }
}

export class Ejections {
  readonly #rows: EndpointRows
  readonly #stats: EndpointStats
  readonly #clock: Clock
  readonly #log: EjectionsInit['log']
  readonly #courts = new Map<string, Court>()
  readonly #cancel: () => void

  constructor({ rows, stats, clock, log }: EjectionsInit) {
    this.#rows = rows
    this.#stats = stats
    this.#clock = clock
    this.#log = log
    this.#cancel = clock.every(TICK_MS, () => this.#tick())
  }

  stop(): void {
    this.#cancel()
  }

  /** What clusters ask for has changed. */
  update({ upserts, removals }: Update): void {
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'cluster') this.#courts.delete(name)
    }
    for (const [key, text] of upserts) {
      const { kind, name } = parseKey(key)
      if (kind !== 'cluster') continue
      const { outlier = DEFAULT_OUTLIER } = JSON.parse(text) as ClusterSpec
      const court = this.#courts.getOrInsertComputed(name, () => new Court(name, this.#clock.now()))
      if (court.spec.intervalMs !== outlier.intervalMs) court.dueAt = this.#clock.now() + outlier.intervalMs
      court.spec = outlier
    }
  }

  /** A worker has seen an endpoint of this cluster fail as often in a row as its ejection takes. */
  suspect(cluster: string): void {
    const court = this.#courts.get(cluster)
    if (court !== undefined) this.#judge(court, () => undefined)
  }

  *samples(): Iterable<Sample> {
    const now = this.#clock.now()
    for (const { name, ejections } of this.#courts.values()) {
      if (ejections.size === 0) continue
      const labels = clusterLabels(name)
      const out = this.#accused(name).filter(({ row }) => row.ejectedUntil > now).length
      yield ['sluice_endpoints_ejected', labels, out]
      for (const [reason, count] of ejections) yield ['sluice_endpoint_ejections', [...labels, reason], count]
    }
  }

  #tick(): void {
    const now = this.#clock.now()
    for (const court of this.#courts.values()) {
      if (court.dueAt > now) continue
      court.dueAt = now + court.spec.intervalMs
      if (court.hasIntervals) this.#closeInterval(court)
      else this.#judge(court, () => undefined)
    }
  }

  #closeInterval(court: Court): void {
    this.#judge(court, (row) => {
      const tally = court.tallies.counted(row)
      if (tally === undefined) return undefined
      const { successes, failures, latency } = tally
      return { successes, failures, latencyMs: successes === 0 ? 0 : latency / TENTHS / successes }
    })
    court.tallies.begin(this.#accused(court.name).map(({ row }) => row))
  }

  #judge(court: Court, intervalOf: (row: EndpointRow) => Observation['interval']): void {
    const accused = this.#accused(court.name)
    const seen = accused.map(({ row }): Observation => {
      const { streaks, ejectedUntil, ejections } = row
      const interval = intervalOf(row)
      return { streaks, ejectedUntil, ejections, ...(interval === undefined ? {} : { interval }) }
    })
    const { verdicts, pardons } = judge(seen, court.spec, this.#clock.now())
    for (const endpoint of pardons) this.#pardon(accused[endpoint]!)
    for (const verdict of verdicts) this.#eject(court, accused[verdict.endpoint]!, verdict)
    if (verdicts.length > 0) this.#stats.announce()
  }

  #eject(court: Court, { row, spec }: Accused, { until, ejections, reason }: Verdict): void {
    row.eject(until, ejections)
    court.ejections.set(reason, (court.ejections.get(reason) ?? 0) + 1)
    const seconds = Math.round((until - this.#clock.now()) / 1000)
    const fields = { cluster: court.name, endpoint: endpointId(spec), reason, seconds }
    this.#log.info(fields, 'an endpoint is ejected')
  }

  #pardon({ row }: Accused): void {
    row.eject(this.#clock.now(), row.ejections)
  }

  #accused(cluster: string): readonly Accused[] {
    const endpoints = this.#rows.clusters.get(cluster)?.endpoints ?? []
    return endpoints.filter((endpoint): endpoint is Accused => {
      const { row, spec } = endpoint
      // Who gets nothing anyway is neither one that fails nor one that could take over.
      return row !== undefined && spec.state === 'ready' && spec.weight > 0 && !row.isUnhealthy
    })
  }
}
