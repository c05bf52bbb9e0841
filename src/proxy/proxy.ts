/**
 * One worker's data plane. An update is applied in one synchronous step: between two turns of the event loop there is
 * no half state, so nothing depends on the order in which routes and clusters change.
 */
import { AddressSet } from '../lib/cidr.ts'
import { afterPoll, type Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import { DEFAULT_SETTINGS, type ProxySettings } from '../model/settings.ts'
import { parseKey, type ResourceKey, type Update } from '../model/snapshot.ts'
import type { AccessLog } from './access-log.ts'
import { ClusterSet } from './cluster/cluster-set.ts'
import { DateText } from './date.ts'
import { Deadlines } from './deadlines.ts'
import { Departure } from './departure.ts'
import { Certificates } from './downstream/certificates.ts'
import type { Client } from './downstream/client.ts'
import { Listener, type ListenerHost, type Place } from './downstream/listener.ts'
import { ReadSpace } from './downstream/read-space.ts'
import { Exchange, type ExchangeInit } from './exchange.ts'
import { FAULTS, type FaultCode } from './faults.ts'
import { runRequestFilters } from './filters/filter.ts'
import { HeaderList } from './headers.ts'
import { LimitSet } from './limits/limit-set.ts'
import type { Grants, ListenSpec, RowGrant } from './messages.ts'
import type { Sample } from './metrics.ts'
import { RequestIds } from './request-ids.ts'
import { RequestMetrics } from './request-metrics.ts'
import { HostTable } from './routing/host-table.ts'
import type { RouteTable } from './routing/route-table.ts'
import { ConnectionCounts, connectionMemory } from './shared/connection-counts.ts'
import { EndpointStats, endpointMemory } from './shared/endpoint-stats.ts'
import type { Downstream, ExchangeObserver, Reply } from './types.ts'
import { H1Transport } from './upstream/pool.ts'

/** Where nothing is shared with other workers. */
const NO_GRANTS: Grants = { rows: [], limits: [] }

/** What is known of a request that could not be read. */
const UNREADABLE = {
  method: '',
  scheme: 'http',
  authority: '',
  host: '',
  serverName: '',
  path: '',
  query: '',
  version: '1.1',
  requestHeaders: new HeaderList(),
  hasBody: false,
  bodyLength: 0,
  upgrade: '',
  requestId: '',
  forwardedHost: '',
  persistent: false,
} as const

export interface ProxyInit {
  readonly clock: Clock
  readonly random: Random
  readonly accessLog: AccessLog | undefined
  /** Shared with the other workers; counts of its own where it is left out. */
  readonly connections?: ConnectionCounts
  /** Shared with the other workers; without it endpoints are counted here alone. */
  readonly endpoints?: EndpointStats
  /** Told of a cluster in which an endpoint has failed as often in a row as its ejection takes. */
  readonly suspect?: (cluster: string) => void
}

// biome-ignore lint/suspicious/noShadowRestrictedNames: it is what the field calls it, and nobody here needs the other one.
export class Proxy implements ListenerHost, ExchangeObserver {
  readonly deadlines: Deadlines
  readonly space = new ReadSpace()
  readonly connections: ConnectionCounts
  readonly #clock: Clock
  readonly #random: Random
  readonly #accessLog: AccessLog | undefined
  readonly #date: DateText
  readonly #ids: RequestIds
  readonly #metrics = new RequestMetrics()
  readonly #transport: H1Transport
  readonly #clusters: ClusterSet
  readonly #limits = new LimitSet()
  readonly #hosts: HostTable
  readonly #certificates = new Certificates()
  readonly #listeners: Listener[] = []
  #settings: ProxySettings = DEFAULT_SETTINGS
  #trustedProxies = new AddressSet([])
  #table: RouteTable
  #retiring = false
  #draining = false

  constructor({ clock, random, accessLog, connections, endpoints, suspect }: ProxyInit) {
    this.connections = connections ?? new ConnectionCounts(connectionMemory(1, random), 0)
    this.#clock = clock
    this.#random = random
    this.#accessLog = accessLog
    this.#date = new DateText(clock)
    this.#ids = new RequestIds(random)
    this.deadlines = new Deadlines(clock)
    this.#transport = new H1Transport({
      clock,
      random,
      afterPoll,
      deadlines: this.deadlines,
      settings: () => this.#settings,
    })
    this.#clusters = new ClusterSet({
      ...{ transport: this.#transport, random, now: () => clock.now() },
      stats: endpoints ?? new EndpointStats(endpointMemory(1, 0)),
      suspect: suspect ?? (() => {}),
    })
    this.#hosts = new HostTable({
      deadlines: this.deadlines,
      now: () => clock.now(),
      clusters: ({ clusters }) => this.#clusters.source(clusters),
      counters: (id, labels) => this.#metrics.route(id, labels),
      limit: (name) => this.#limits.get(name),
    })
    this.#table = this.#hosts.table()
  }

  // What the supervisor asks.

  apply(update: Update, { rows, limits }: Grants = NO_GRANTS): void {
    const granted = new Map(rows.map((grant) => [grant.cluster, grant]))
    for (const grant of limits) this.#limits.grant(grant)
    for (const key of update.removals) this.#remove(key)
    for (const [key, text] of update.upserts) this.#upsert(key, text, granted)
    this.#table = this.#hosts.table()
    this.#metrics.drop(this.#hosts.routeIds.takeUnused())
    this.#clusters.forget(this.#unrouted(update))
  }

  /** @returns the port for HTTP. */
  async listen({ https, ...spec }: ListenSpec): Promise<number> {
    if (https !== undefined) {
      this.#certificates.open(https)
      const { port, publicPort } = https
      await this.#listen(new Listener(this, this.#certificates), { ...spec, port, publicPort })
    }
    return this.#listen(new Listener(this), spec)
  }

  /**
   * From now on every answer announces the end of its connection. Idle ones stay: a connection that ends while its
   * client sends the next request costs that request, and most clients ask again before the drain begins.
   */
  retire(): void {
    this.#retiring = true
  }

  /** Stops accepting; resolves when everything in flight has finished, or was cut at the deadline. */
  async drain(deadlineMs: number): Promise<void> {
    this.#retiring = true
    this.#draining = true
    const departure = new Departure({ clock: this.#clock, random: this.#random, graceMs: deadlineMs })
    const closing = this.#listeners.map((listener) => listener.close(departure))
    const cancel = this.#clock.after(deadlineMs, () => {
      for (const { cut } of closing) cut()
    })
    await Promise.all(closing.map(({ empty }) => empty))
    cancel()
    departure.cancel()
    this.deadlines.stop()
  }

  samples(): Sample[] {
    const connections: Sample[] = [
      ['sluice_upstream_connections', ['busy'], this.#transport.busy],
      ['sluice_upstream_connections', ['idle'], this.#transport.idle],
    ]
    return [
      ...this.#metrics.samples(),
      ...this.#limits.samples(),
      ...this.#listeners.flatMap((listener) => [...listener.samples()]),
      ...connections,
    ]
  }

  // What downstream connections ask.

  exchange(init: ExchangeInit, downstream: Downstream): Exchange {
    return new Exchange(init, downstream, this)
  }

  serve(exchange: Exchange): void {
    if (this.#isMisdirected(exchange)) return this.#answer(exchange, { status: 421, fault: 'misdirected' })
    const route = this.#table.match(exchange.host, exchange.path)
    if (route === undefined) return this.#answer(exchange, { status: FAULTS['no-route'].status, fault: 'no-route' })
    exchange.route = route
    if (route.requestFilters.length === 0) return route.act(exchange)
    const verdict = runRequestFilters(route.requestFilters, exchange)
    if (verdict instanceof Promise) verdict.then((reply) => this.#proceed(exchange, reply))
    else this.#proceed(exchange, verdict)
  }

  finished(exchange: Exchange, now: number): void {
    this.#metrics.count(exchange, now)
    if (this.#settings.accessLog) this.#accessLog?.write(exchange, now)
  }

  refused(code: FaultCode, by: Downstream & { readonly client: Client }, startedAt: number): void {
    this.#metrics.refused(code)
    const { address: clientAddress, scheme, serverName } = by.client
    const exchange = new Exchange({ ...UNREADABLE, clientAddress, scheme, serverName, startedAt }, by, this)
    exchange.fault = code
    exchange.status = FAULTS[code].status
    exchange.finish(this.now())
  }

  settings(): ProxySettings {
    return this.#settings
  }

  trustedProxies(): AddressSet {
    return this.#trustedProxies
  }

  draining(): boolean {
    return this.#draining
  }

  retiring(): boolean {
    return this.#retiring
  }

  now(): number {
    return this.#clock.now()
  }

  date(): string {
    return this.#date.get()
  }

  freshId(): string {
    return this.#ids.next()
  }

  async #listen(listener: Listener, place: Place): Promise<number> {
    const port = await listener.listen(place)
    this.#listeners.push(listener)
    return port
  }

  /**
   * Whether a request came by a connection that was opened for a host with another certificate, as a client may try
   * that takes the certificate for good for both (RFC 9110 section 15.5.20): it opens another one then.
   */
  #isMisdirected({ serverName, host }: Exchange): boolean {
    return serverName !== '' && serverName !== host && this.#certificates.areApart(serverName, host)
  }

  #proceed(exchange: Exchange, reply: Reply | undefined): void {
    // The client may have left while a filter waited.
    if (exchange.fault !== undefined) return
    if (reply === undefined) exchange.route!.act(exchange)
    else this.#answer(exchange, reply)
  }

  #answer(exchange: Exchange, reply: Reply): void {
    exchange.status = reply.status
    exchange.fault = reply.fault
    exchange.downstream.reply(reply)
  }

  #upsert(key: ResourceKey, text: string, rows: ReadonlyMap<string, RowGrant>): void {
    const { kind, name } = parseKey(key)
    if (kind === 'virtualHost') this.#hosts.set(name, JSON.parse(text))
    else if (kind === 'cluster') this.#clusters.setSpec(name, JSON.parse(text))
    else if (kind === 'endpoints') this.#clusters.setEndpoints(name, JSON.parse(text), rows.get(name))
    else if (kind === 'certificate') this.#certificates.setCertificate(name, JSON.parse(text))
    else if (kind === 'serverName') this.#certificates.setName(name, JSON.parse(text))
    else if (kind === 'settings') this.#configure(JSON.parse(text))
  }

  #remove(key: ResourceKey): void {
    const { kind, name } = parseKey(key)
    if (kind === 'virtualHost') this.#hosts.delete(name)
    else if (kind === 'endpoints' || kind === 'cluster') this.#clusters.remove(name)
    else if (kind === 'rateLimit') this.#limits.remove(name)
    else if (kind === 'certificate') this.#certificates.removeCertificate(name)
    else if (kind === 'serverName') this.#certificates.removeName(name)
    else if (kind === 'settings') this.#configure(DEFAULT_SETTINGS)
  }

  /** Clusters that no route names since this update. */
  #unrouted({ removals }: Update): string[] {
    const { clusterNames } = this.#hosts
    const removed = removals.map(parseKey).filter(({ kind, name }) => kind === 'cluster' && !clusterNames.has(name))
    return [...clusterNames.takeUnused(), ...removed.map(({ name }) => name)]
  }

  #configure(settings: ProxySettings): void {
    this.#settings = settings
    this.#trustedProxies = new AddressSet(settings.trustedProxies)
  }
}
