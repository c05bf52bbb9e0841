/**
 * Carries out what `attribution.ts` finds: the endpoints of a group that fails get less, by their rows in shared memory,
 * and whoever listens is told which group it is and by how much it fails. One group of a cluster at a time.
 *
 * The share of the group is as small as the others can bear, which never get more than half as much again as is due to
 * them. It doubles with each interval in which the group is well, and with its full share the finding is over: a few
 * requests always go there, so that this can be seen. An interval in which there are too few goes on.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { type AttributionMode, type ClusterSpec, DEFAULT_OUTLIER } from '../../model/cluster.ts'
import type { Problem } from '../../model/problem.ts'
import { parseKey, type Update } from '../../model/snapshot.ts'
import { type Contrast, type GroupObservation, standout, stillFails } from '../cluster/attribution.ts'
import { clusterLabels } from '../cluster-labels.ts'
import type { Sample } from '../metrics.ts'
import type { EndpointRow, EndpointStats } from '../shared/endpoint-stats.ts'
import type { EndpointRows, SeatedEndpoint } from './endpoint-rows.ts'
import { findingOf } from './finding.ts'
import { IntervalTallies } from './interval-tallies.ts'

/** How often is looked whose interval is over. */
const TICK_MS = 1_000
/** What even the worst group gets. */
const LEAST_SHARE = 0.1
/** What the others get at most, in parts of what is due to them. */
const MOST_OF_OTHERS = 1.5
/** Intervals until one that gets too few requests to tell may have more. */
const MOST_WAITED = 30

export interface AttributionsInit {
  readonly rows: EndpointRows
  readonly stats: EndpointStats
  readonly clock: Clock
  readonly random: Random
  /** Told all there are, whenever one came or went. */
  readonly onFindings: (findings: readonly Problem[]) => void
}

/** A group that gets less, and what was seen of it first. */
interface Suspicion {
  readonly contrast: Contrast
  /** Of its weight, as long as it fails. */
  readonly least: number
  /** Of its weight now; grows back to 1. */
  share: number
  /** Intervals in which it had too few requests to tell. */
  waited: number
}

class Watched {
  readonly name: string
  mode: AttributionMode = 'down-weight'
  intervalMs = DEFAULT_OUTLIER.intervalMs
  dueAt: number
  readonly tallies = new IntervalTallies()
  suspicion: Suspicion | undefined

  /** @param dueAt when its first interval is over. */
  constructor(name: string, dueAt: number) {
    this.name = name
    this.dueAt = dueAt
  }
}

/** One that can be compared. */
interface Counting extends SeatedEndpoint {
  readonly row: EndpointRow
}

export class Attributions {
  readonly #init: AttributionsInit
  readonly #clusters = new Map<string, Watched>()
  readonly stop: () => void

  constructor(init: AttributionsInit) {
    this.#init = init
    this.stop = init.clock.every(TICK_MS, () => this.#tick())
  }

  /** What is asked for, or who there is, has changed. To be called after the rows were given. */
  update({ upserts, removals }: Update): void {
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'cluster') this.#forget(name)
    }
    for (const [key, text] of upserts) {
      const { kind, name } = parseKey(key)
      if (kind === 'cluster') this.#respec(name, JSON.parse(text) as ClusterSpec)
      if (kind === 'endpoints') this.#regroup(name)
    }
  }

  /** What a cluster is suspected of at the moment. */
  suspected(cluster: string): Contrast | undefined {
    return this.#clusters.get(cluster)?.suspicion?.contrast
  }

  *samples(): Iterable<Sample> {
    for (const { name, suspicion } of this.#clusters.values()) {
      if (suspicion === undefined) continue
      const { by, name: group } = suspicion.contrast
      yield ['sluice_failing_endpoint_groups', [...clusterLabels(name), by, group], 1]
    }
  }

  #respec(name: string, { attribution = 'down-weight', outlier = DEFAULT_OUTLIER }: ClusterSpec): void {
    const { clock, random } = this.#init
    // All over the interval: thousands of clusters are not looked at in one turn.
    const someTime = () => clock.now() + random() * outlier.intervalMs
    const watched = this.#clusters.getOrInsertComputed(name, () => new Watched(name, someTime()))
    if (watched.intervalMs !== outlier.intervalMs) watched.dueAt = someTime()
    watched.intervalMs = outlier.intervalMs
    if (watched.mode === attribution) return
    watched.mode = attribution
    // What was counted while nobody looked is not of an interval.
    watched.tallies.begin([])
    if (watched.suspicion === undefined) return
    if (attribution === 'off') return this.#end(watched)
    this.#weigh(watched)
    this.#tell()
  }

  #tick(): void {
    const now = this.#init.clock.now()
    for (const watched of this.#clusters.values()) {
      if (watched.dueAt > now) continue
      watched.dueAt = now + watched.intervalMs
      if (watched.mode !== 'off') this.#closeInterval(watched)
    }
  }

  #closeInterval(watched: Watched): void {
    const endpoints = this.#counting(watched.name)
    const seen = endpoints.flatMap(({ row, spec }): GroupObservation[] => {
      const tally = watched.tallies.counted(row)
      return tally === undefined ? [] : [{ spec, requests: tally.successes + tally.failures, failures: tally.failures }]
    })
    if (watched.suspicion === undefined) this.#look(watched, seen)
    else if (!this.#lookAgain(watched, watched.suspicion, seen)) return
    watched.tallies.begin(endpoints.map(({ row }) => row))
  }

  #look(watched: Watched, seen: readonly GroupObservation[]): void {
    const contrast = seen.some(({ failures }) => failures > 0) ? standout(seen) : undefined
    if (contrast === undefined) return
    const least = this.#leastShare(watched.name, contrast)
    watched.suspicion = { contrast, least, share: least, waited: 0 }
    this.#weigh(watched)
    this.#tell()
  }

  /** @returns whether that was enough to tell; otherwise the interval goes on. */
  #lookAgain(watched: Watched, suspicion: Suspicion, seen: readonly GroupObservation[]): boolean {
    const { by, name } = suspicion.contrast
    const fails = stillFails(seen, by, name)
    if (fails === undefined && ++suspicion.waited < MOST_WAITED) return false
    suspicion.waited = 0
    suspicion.share = fails === true ? suspicion.least : suspicion.share * 2
    if (suspicion.share >= 1) this.#end(watched)
    else this.#weigh(watched)
    return true
  }

  #leastShare(cluster: string, { by, name }: Contrast): number {
    const endpoints = this.#counting(cluster)
    const whole = endpoints.reduce((sum, { spec }) => sum + spec.weight, 0)
    const others = endpoints.reduce((sum, { spec }) => sum + (spec[by] === name ? 0 : spec.weight), 0) / whole
    return Math.max(LEAST_SHARE, (1 / MOST_OF_OTHERS - others) / (1 - others))
  }

  #end(watched: Watched): void {
    if (watched.suspicion === undefined) return
    watched.suspicion = undefined
    this.#weigh(watched)
    this.#tell()
  }

  #forget(name: string): void {
    const hadFinding = this.#clusters.get(name)?.suspicion !== undefined
    this.#clusters.delete(name)
    if (hadFinding) this.#tell()
  }

  /** Endpoints that join a group get what it gets; one that has none any more was rolled back, or is gone. */
  #regroup(name: string): void {
    const watched = this.#clusters.get(name)
    if (watched?.suspicion === undefined) return
    const { by, name: group } = watched.suspicion.contrast
    const endpoints = this.#init.rows.clusters.get(name)?.endpoints ?? []
    if (endpoints.some(({ spec }) => spec[by] === group)) this.#weigh(watched)
    else this.#end(watched)
  }

  #weigh({ name, mode, suspicion }: Watched): void {
    for (const { spec, row } of this.#init.rows.clusters.get(name)?.endpoints ?? []) {
      const isMeant = suspicion !== undefined && spec[suspicion.contrast.by] === suspicion.contrast.name
      row?.weigh(isMeant && mode === 'down-weight' ? suspicion.share : 1)
    }
    this.#init.stats.announce()
  }

  #tell(): void {
    const findings = [...this.#clusters.values()].flatMap(({ name, mode, suspicion }) => {
      return suspicion === undefined
        ? []
        : [findingOf(name, suspicion.contrast, mode === 'report' ? 1 : suspicion.least)]
    })
    this.#init.onFindings(findings)
  }

  #counting(cluster: string): readonly Counting[] {
    const endpoints = this.#init.rows.clusters.get(cluster)?.endpoints ?? []
    return endpoints.filter((endpoint): endpoint is Counting => {
      return endpoint.row !== undefined && endpoint.spec.state === 'ready' && endpoint.spec.weight > 0
    })
  }
}
