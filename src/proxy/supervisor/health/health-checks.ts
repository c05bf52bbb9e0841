/**
 * Active health checks, made once for all workers. What they come to is written into the rows of endpoints, where every
 * worker sees it: an unhealthy endpoint gets nothing, as long as enough others are left (see `fitness.ts`).
 */
import type { Clock } from '../../../lib/clock.ts'
import type { Random } from '../../../lib/random.ts'
import type { ClusterSpec } from '../../../model/cluster.ts'
import type { CheckSpec } from '../../../model/health.ts'
import { parseKey, type Update } from '../../../model/snapshot.ts'
import { clusterLabels } from '../../cluster-labels.ts'
import type { Sample } from '../../metrics.ts'
import type { EndpointRow, EndpointStats } from '../../shared/endpoint-stats.ts'
import type { EndpointRows, SeatedEndpoint } from '../endpoint-rows.ts'
import type { Complaint } from './check.ts'
import { CheckLoop } from './check-loop.ts'
import type { check } from './checks.ts'
import type { Health } from './course.ts'

export interface HealthChecksInit {
  readonly rows: EndpointRows
  readonly stats: EndpointStats
  readonly clock: Clock
  readonly random: Random
  readonly log: { info(fields: object, message: string): void }
  readonly ask: typeof check
}

/** What is known of one endpoint, for people. */
export interface HealthView {
  readonly state: Health
  /** Why the last bad answer was bad, however long ago. */
  readonly lastFailure?: string
}

interface CheckedEndpoint {
  readonly row: EndpointRow
  readonly loop: CheckLoop
}

/** The endpoints of one cluster that are checked, and what came of it so far. */
class CheckedCluster {
  spec: CheckSpec | undefined
  endpoints: ReadonlyMap<string, CheckedEndpoint> = new Map()
  passed = 0
  failed = 0
}

export class HealthChecks {
  readonly #init: HealthChecksInit
  /** By cluster. */
  readonly #clusters = new Map<string, CheckedCluster>()

  constructor(init: HealthChecksInit) {
    this.#init = init
  }

  /** What is asked for, or who there is, has changed. To be called after the rows were given. */
  update({ upserts, removals }: Update): void {
    const changed = new Set<string>()
    for (const [key, text] of upserts) {
      const { kind, name } = parseKey(key)
      if (kind !== 'cluster' && kind !== 'endpoints') continue
      if (kind === 'cluster') this.#cluster(name).spec = (JSON.parse(text) as ClusterSpec).healthCheck
      changed.add(name)
    }
    for (const key of removals) {
      const { kind, name } = parseKey(key)
      if (kind === 'cluster') this.#cluster(name).spec = undefined
      if (kind === 'cluster' || kind === 'endpoints') changed.add(name)
    }
    for (const name of changed) this.#reconcile(name)
  }

  stop(): void {
    for (const { endpoints } of this.#clusters.values()) for (const { loop } of endpoints.values()) loop.stop()
    this.#clusters.clear()
  }

  /** @param id of the endpoint. @returns `undefined` where it is not checked. */
  view(cluster: string, id: string): HealthView | undefined {
    const loop = this.#clusters.get(cluster)?.endpoints.get(id)?.loop
    if (loop === undefined) return undefined
    const { health: state, lastComplaint: lastFailure } = loop
    return { state, ...(lastFailure === undefined ? {} : { lastFailure }) }
  }

  *samples(): Iterable<Sample> {
    for (const [name, { endpoints, passed, failed }] of this.#clusters) {
      if (endpoints.size === 0 && passed + failed === 0) continue
      const labels = clusterLabels(name)
      const unhealthy = endpoints.values().filter(({ loop }) => loop.health === 'unhealthy')
      yield ['sluice_endpoints_unhealthy', labels, [...unhealthy].length]
      yield ['sluice_health_checks', [...labels, 'passed'], passed]
      yield ['sluice_health_checks', [...labels, 'failed'], failed]
    }
  }

  #cluster(name: string): CheckedCluster {
    return this.#clusters.getOrInsertComputed(name, () => new CheckedCluster())
  }

  /** Begins with who is to be checked, and ends with who is not, or not in this way, any more. */
  #reconcile(name: string): void {
    const checked = this.#cluster(name)
    const cluster = this.#init.rows.clusters.get(name)
    const before = checked.endpoints
    const endpoints = new Map<string, CheckedEndpoint>()
    let isNews = false
    for (const endpoint of cluster?.endpoints ?? []) {
      const taken = this.#take(name, checked, endpoint)
      if (taken !== undefined) endpoints.set(endpoint.id, taken)
      else isNews = this.#clear(checked, endpoint) || isNews
    }
    for (const [id, taken] of before) if (endpoints.get(id) !== taken) taken.loop.stop()
    checked.endpoints = endpoints
    if (isNews) this.#init.stats.announce()
    if (cluster === undefined && checked.spec === undefined) this.#clusters.delete(name)
  }

  /** The one that the endpoint has, where nothing about it changed. */
  #take(cluster: string, checked: CheckedCluster, { id, spec, row }: SeatedEndpoint): CheckedEndpoint | undefined {
    const wanted = spec.healthCheck ?? checked.spec
    if (wanted === undefined || row === undefined || spec.state !== 'ready' || spec.weight === 0) return undefined
    const known = checked.endpoints.get(id)
    if (known?.row === row && known.loop.text === JSON.stringify(wanted)) return known
    const loop = new CheckLoop(wanted, {
      ...this.#init,
      target: spec,
      isUnhealthy: row.isUnhealthy,
      onAnswer: (complaint) => this.#answered(cluster, id, complaint),
    })
    return { row, loop }
  }

  /** @returns whether that changes anything: one that nobody asks any more is not unhealthy any more. */
  #clear(checked: CheckedCluster, { spec, row }: SeatedEndpoint): boolean {
    const isAsked = (spec.healthCheck ?? checked.spec) !== undefined
    if (isAsked || row === undefined || !row.isUnhealthy) return false
    row.recover(this.#init.clock.now())
    return true
  }

  #answered(cluster: string, id: string, complaint: Complaint): void {
    const checked = this.#cluster(cluster)
    const { row, loop } = checked.endpoints.get(id)!
    if (complaint === undefined) checked.passed++
    else checked.failed++
    const isUnhealthy = loop.health === 'unhealthy'
    if (row.isUnhealthy === isUnhealthy) return
    const { stats, clock, log } = this.#init
    if (isUnhealthy) row.markUnhealthy()
    else row.recover(clock.now())
    stats.announce()
    const fields = { cluster, endpoint: id, ...(isUnhealthy && { reason: complaint }) }
    log.info(fields, isUnhealthy ? 'an endpoint is unhealthy' : 'an endpoint is healthy again')
  }
}
