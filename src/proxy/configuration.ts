/**
 * What one worker was told to do. An update is applied in one synchronous step: between two turns of the event loop
 * there is no half state, so nothing depends on the order in which routes and clusters change.
 */
import { AddressSet } from '../lib/cidr.ts'
import type { ClusterName } from '../model/cluster.ts'
import { DEFAULT_SETTINGS, type ProxySettings } from '../model/settings.ts'
import { parseKey, type ResourceKey, type Update } from '../model/snapshot.ts'
import { CanarySet } from './canary/canary-set.ts'
import { ClusterSet, type ClusterSetHost } from './cluster/cluster-set.ts'
import type { Deadlines } from './deadlines.ts'
import { Certificates } from './downstream/certificates.ts'
import { Introductions } from './downstream/introduction.ts'
import type { Layer4Ports } from './layer4-ports.ts'
import { LimitSet } from './limits/limit-set.ts'
import { openRedis } from './limits/store/redis.ts'
import type { Grants, RowGrant } from './messages.ts'
import type { Sample } from './metrics.ts'
import type { RequestMetrics } from './request-metrics.ts'
import { HostTable } from './routing/host-table.ts'
import type { RouteTable } from './routing/route-table.ts'
import type { EndpointSource } from './types.ts'

/** Where nothing is shared with other workers. */
const NO_GRANTS: Grants = { rows: [], limits: [], canaries: [] }

export interface ConfigurationInit {
  readonly clusters: ClusterSetHost
  readonly deadlines: Deadlines
  readonly metrics: RequestMetrics
  readonly ports: Pick<Layer4Ports, 'set' | 'remove'>
  /** Which of the workers this is. */
  readonly worker: number
}

export class Configuration {
  settings: ProxySettings = DEFAULT_SETTINGS
  trustedProxies = new AddressSet([])
  introductions = new Introductions(DEFAULT_SETTINGS.proxyProtocol)
  /** Of the last update; requests that matched in an older one keep what they found. */
  table: RouteTable
  readonly certificates = new Certificates()
  readonly limits: LimitSet
  readonly #canaries: CanarySet
  readonly #clusters: ClusterSet
  readonly #hosts: HostTable
  readonly #metrics: RequestMetrics
  readonly #ports: ConfigurationInit['ports']

  constructor({ clusters, deadlines, metrics, ports, worker }: ConfigurationInit) {
    this.limits = new LimitSet({ index: worker, open: openRedis, now: () => clusters.clock.now() })
    this.#metrics = metrics
    this.#ports = ports
    this.#canaries = new CanarySet({ random: clusters.random, worker })
    this.#clusters = new ClusterSet(clusters)
    this.#hosts = new HostTable({
      deadlines,
      clock: clusters.clock,
      now: () => clusters.clock.now(),
      random: clusters.random,
      clusters: ({ clusters: weighted }) => this.#clusters.choice(weighted),
      cluster: (name) => this.#clusters.get(name),
      canary: (name) => this.#canaries.get(name),
      counters: (id, labels, record) => metrics.route(id, labels, record),
      limit: (name) => this.limits.get(name),
    })
    this.table = this.#hosts.table()
  }

  cluster(name: ClusterName): EndpointSource {
    return this.#clusters.get(name)
  }

  apply(update: Update, { rows, limits, canaries }: Grants = NO_GRANTS): void {
    const granted = new Map(rows.map((grant) => [grant.cluster, grant]))
    for (const grant of limits) this.limits.grant(grant)
    for (const grant of canaries) this.#canaries.grant(grant)
    for (const key of update.removals) this.#remove(key)
    for (const [key, text] of update.upserts) this.#upsert(key, text, granted)
    this.table = this.#hosts.table()
    this.#metrics.drop(this.#hosts.routeIds.takeUnused())
    this.#clusters.forget(this.#unrouted(update))
  }

  *samples(): Iterable<Sample> {
    yield* this.limits.samples()
    yield* this.#canaries.samples()
    yield* this.#clusters.samples()
  }

  #upsert(key: ResourceKey, text: string, rows: ReadonlyMap<string, RowGrant>): void {
    const { kind, name } = parseKey(key)
    if (kind === 'virtualHost') this.#hosts.set(name, JSON.parse(text))
    else if (kind === 'cluster') this.#clusters.setSpec(name, JSON.parse(text))
    else if (kind === 'endpoints') this.#clusters.setEndpoints(name, JSON.parse(text), rows.get(name))
    else if (kind === 'canary') this.#canaries.set(name, JSON.parse(text))
    else if (kind === 'certificate') this.certificates.setCertificate(name, JSON.parse(text))
    else if (kind === 'staple') this.certificates.setStaple(name, JSON.parse(text))
    else if (kind === 'authority') this.certificates.setAuthority(name, JSON.parse(text))
    else if (kind === 'serverName') this.certificates.setName(name, JSON.parse(text))
    else if (kind === 'layer4Port') this.#ports.set(name, JSON.parse(text))
    else if (kind === 'ticketKeys') this.certificates.setTicketKeys(JSON.parse(text))
    else if (kind === 'limitStore') this.limits.setStore(JSON.parse(text))
    else if (kind === 'settings') this.#configure(JSON.parse(text))
  }

  #remove(key: ResourceKey): void {
    const { kind, name } = parseKey(key)
    if (kind === 'virtualHost') this.#hosts.delete(name)
    else if (kind === 'endpoints' || kind === 'cluster') this.#clusters.remove(name)
    else if (kind === 'rateLimit') this.limits.remove(name)
    else if (kind === 'canary') this.#canaries.remove(name)
    else if (kind === 'certificate') this.certificates.removeCertificate(name)
    else if (kind === 'staple') this.certificates.removeStaple(name)
    else if (kind === 'authority') this.certificates.removeAuthority(name)
    else if (kind === 'serverName') this.certificates.removeName(name)
    else if (kind === 'layer4Port') this.#ports.remove(name)
    else if (kind === 'ticketKeys') this.certificates.setTicketKeys([])
    else if (kind === 'limitStore') this.limits.setStore(undefined)
    else if (kind === 'settings') this.#configure(DEFAULT_SETTINGS)
  }

  /** Clusters that no route names since this update. */
  #unrouted({ removals }: Update): string[] {
    const { clusterNames } = this.#hosts
    const removed = removals.map(parseKey).filter(({ kind, name }) => kind === 'cluster' && !clusterNames.has(name))
    return [...clusterNames.takeUnused(), ...removed.map(({ name }) => name)]
  }

  #configure(settings: ProxySettings): void {
    this.settings = settings
    this.certificates.configure(settings.tls)
    this.introductions = new Introductions(settings.proxyProtocol)
    this.trustedProxies = new AddressSet(settings.trustedProxies)
  }
}
