/** One worker's data plane: listeners, what they serve by the configuration of the moment, and the end of it. */
import type { AddressSet } from '../lib/cidr.ts'
import { afterTurn, type Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { ClusterName } from '../model/cluster.ts'
import type { ProxySettings } from '../model/settings.ts'
import type { Update } from '../model/snapshot.ts'
import type { AccessLog } from './access-log.ts'
import { Configuration } from './configuration.ts'
import { DateText } from './date.ts'
import { Deadlines } from './deadlines.ts'
import { Departure } from './departure.ts'
import { AcceptCounts } from './downstream/accept-counts.ts'
import type { Refused } from './downstream/host.ts'
import type { Introductions } from './downstream/introduction.ts'
import { Listener, type Place } from './downstream/listener.ts'
import type { ListenerHost } from './downstream/listener-host.ts'
import { NOBODY } from './downstream/nobody.ts'
import { ReadSpace } from './downstream/read-space.ts'
import { Exchange, type ExchangeInit } from './exchange.ts'
import { FAULTS, type FaultCode } from './faults.ts'
import { runRequestFilters } from './filters/filter.ts'
import { HeaderList } from './headers.ts'
import type { Violation } from './http2/errors.ts'
import type { Relay } from './layer4/relay.ts'
import { Layer4 } from './layer4.ts'
import type { Grants, ListenSpec, Offender, PortFailure } from './messages.ts'
import type { Sample } from './metrics.ts'
import type { PassedOn } from './passed-on.ts'
import { faultReply } from './reply.ts'
import { RequestIds } from './request-ids.ts'
import { RequestMetrics } from './request-metrics.ts'
import { Overload } from './resilience/overload.ts'
import { ConnectionCounts, connectionMemory } from './shared/connection-counts.ts'
import { EndpointStats, endpointMemory } from './shared/endpoint-stats.ts'
import type { Downstream, Reply } from './sides.ts'
import { TurnEnd } from './turn-end.ts'
import type { ExchangeObserver } from './types.ts'
import { Upstreams } from './upstream/upstreams.ts'

/** What is known of a request that could not be read. */
const UNREADABLE = {
  method: '',
  scheme: 'http',
  authority: '',
  host: '',
  serverName: '',
  path: '',
  query: '',
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
  /** The part of its memory that the process uses, from 0 to 1; nobody looks without it. */
  readonly memory?: () => number
  /** Which of the workers this is; the only one without it. */
  readonly worker?: number
}

// biome-ignore lint/suspicious/noShadowRestrictedNames: it is what the field calls it, and nobody here needs the other one.
export class Proxy implements ListenerHost, ExchangeObserver {
  readonly deadlines: Deadlines
  readonly space = new ReadSpace()
  readonly turnEnd = new TurnEnd(afterTurn)
  readonly connections: ConnectionCounts
  readonly accepts = new AcceptCounts()
  readonly #clock: Clock
  readonly random: Random
  readonly #accessLog: AccessLog | undefined
  readonly #date: DateText
  readonly #ids: RequestIds
  readonly #metrics = new RequestMetrics()
  readonly #overload: Overload
  readonly #upstreams: Upstreams
  readonly #configuration: Configuration
  readonly #layer4: Layer4
  readonly date = (): string => this.#date.get()
  readonly dateFields = (): HeaderList => this.#date.fields()
  readonly freshId = (): string => this.#ids.next()
  readonly #listeners: Listener[] = []
  #retiring = false
  #draining = false

  constructor(init: ProxyInit) {
    const { clock, random, accessLog, connections, endpoints, suspect, memory = () => 0, worker = 0 } = init
    this.connections = connections ?? new ConnectionCounts(connectionMemory(1, random), 0)
    this.#clock = clock
    this.random = random
    this.#accessLog = accessLog
    this.#date = new DateText(clock)
    this.#ids = new RequestIds(random)
    this.deadlines = new Deadlines(clock)
    this.#overload = new Overload({ clock, random, spec: () => this.settings().overload, memory })
    this.#upstreams = new Upstreams({
      ...{ clock, random, afterTurn, turnEnd: this.turnEnd, deadlines: this.deadlines },
      settings: () => this.settings(),
      certificate: (name) => this.#configuration.certificates.material(name),
    })
    const cluster = (name: ClusterName) => this.#configuration.cluster(name)
    this.#layer4 = new Layer4({ host: this, cluster, accessLog })
    this.#configuration = new Configuration({
      clusters: {
        ...{ transport: this.#upstreams, random, clock },
        stats: endpoints ?? new EndpointStats(endpointMemory(1, 0)),
        suspect: suspect ?? (() => {}),
      },
      deadlines: this.deadlines,
      metrics: this.#metrics,
      ports: this.#layer4.ports,
      worker,
    })
  }

  // What the supervisor asks.

  apply(update: Update, grants?: Grants): void {
    this.#configuration.apply(update, grants)
  }

  /** @returns the port for HTTP. */
  async listen({ https, ...spec }: ListenSpec): Promise<number> {
    this.#layer4.ports.listenAt({ host: spec.host, reusePort: spec.reusePort })
    if (https !== undefined) {
      const { certificates } = this.#configuration
      certificates.open(https)
      const { port, publicPort } = https
      await this.#listen(new Listener(this, { certificates }), { ...spec, port, publicPort })
    }
    return this.#listen(new Listener(this), spec)
  }

  /** To be called after `listen`. */
  async openPorts(names: readonly string[]): Promise<readonly PortFailure[]> {
    return this.#draining ? [] : this.#layer4.ports.open(names)
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
    const departure = new Departure({ clock: this.#clock, random: this.random, graceMs: deadlineMs })
    const closing = [...this.#listeners, this.#layer4.ports].map((each) => each.close(departure))
    const cancel = this.#clock.after(deadlineMs, () => {
      for (const { cut } of closing) cut()
    })
    await Promise.all(closing.map(({ empty }) => empty))
    cancel()
    departure.cancel()
    this.deadlines.stop()
    this.#overload.stop()
  }

  samples(): Sample[] {
    return [
      ...this.#metrics.samples(),
      ...this.#layer4.samples(),
      ...this.accepts.samples(),
      ...this.#configuration.samples(),
      ...this.#overload.samples(),
      ...this.#listeners.flatMap((listener) => [...listener.samples()]),
      ...this.#upstreams.samples(),
    ]
  }

  offenders(): readonly Offender[] {
    return this.#configuration.limits.offenders()
  }

  // What downstream connections ask.

  exchange(init: ExchangeInit, downstream: Downstream): Exchange {
    return new Exchange(init, downstream, this)
  }

  serve(exchange: Exchange): void {
    if (this.#isMisdirected(exchange)) return this.#answer(exchange, { status: 421, fault: 'misdirected' })
    const route = this.#configuration.table.match(exchange.host, exchange.path)
    if (route === undefined) return this.#answer(exchange, { status: FAULTS['no-route'].status, fault: 'no-route' })
    exchange.route = route
    if (this.#overload.severity > route.tolerance && this.#overload.sheds(route.priority)) {
      return this.#answer(exchange, faultReply('overloaded'))
    }
    if (route.requestFilters.length === 0) return route.act(exchange)
    const verdict = runRequestFilters(route.requestFilters, exchange)
    if (verdict instanceof Promise) verdict.then((reply) => this.#proceed(exchange, reply))
    else this.#proceed(exchange, verdict)
  }

  finished(exchange: Exchange, now: number): void {
    this.#metrics.count(exchange, now)
    if (this.#configuration.settings.accessLog) this.#accessLog?.write(exchange, now)
  }

  refused(code: FaultCode, { client, version, startedAt }: Refused): void {
    this.#metrics.refused(code)
    const { address: clientAddress, scheme, serverName } = client
    const init = { ...UNREADABLE, clientAddress, scheme, serverName, version, startedAt }
    const exchange = new Exchange(init, NOBODY, this)
    exchange.fault = code
    exchange.status = FAULTS[code].status
    exchange.finish(this.now())
  }

  violated(violation: Violation): void {
    this.#metrics.violated(violation)
  }

  settings(): ProxySettings {
    return this.#configuration.settings
  }

  trustedProxies(): AddressSet {
    return this.#configuration.trustedProxies
  }

  relay(about: PassedOn<Relay>): Relay {
    return this.#layer4.relay(about)
  }

  introduces(): boolean {
    return this.#upstreams.introduces
  }

  introductions(): Introductions {
    return this.#configuration.introductions
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

  async #listen(listener: Listener, place: Place): Promise<number> {
    const port = await listener.listen(place)
    this.#listeners.push(listener)
    return port
  }

  /**
   * Whether a request came by a connection that was opened for a host with another certificate, as a client may try
   * that takes the certificate for good for both (RFC 9110 section 15.5.20): it opens another one then.
   */
  #isMisdirected({ scheme, serverName, host }: Exchange): boolean {
    return scheme === 'https' && serverName !== host && this.#configuration.certificates.areApart(serverName, host)
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
}
