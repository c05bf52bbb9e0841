/**
 * The endpoints of one Service port in one worker. An endpoint that stays keeps its connections over any update; one
 * that leaves gets nothing new from the same turn on, finishes what it has, and closes what is idle.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import {
  type BalancerSpec,
  type ClusterSpec,
  type ConnectionSpec,
  DEFAULT_OUTLIER,
  DEFAULT_RETRY_BUDGET,
  type EndpointSpec,
  endpointId,
  type LimitsSpec,
  type LinkSpec,
  type OutlierSpec,
  type RetryBudgetSpec,
} from '../../model/cluster.ts'
import type { Candidate, Facts } from '../balance/picker.ts'
import { type FaultCode, isPrecious } from '../faults.ts'
import { NO_ROW, type RowGrant } from '../messages.ts'
import type { Sample } from '../metrics.ts'
import { type EndpointRow, type EndpointStats, privateRow, type Streaks } from '../shared/endpoint-stats.ts'
import { privateServiceRow, type ServiceRow } from '../shared/service-row.ts'
import type {
  Asking,
  ConnectionPool,
  Endpoint,
  EndpointSource,
  PoolOwner,
  Transport,
  Tried,
  VariantSource,
  Waiter,
} from '../types.ts'
import { Assignment, areSame } from './assignment.ts'
import { LiveEndpoint } from './endpoint.ts'
import { fitness, fitnessSpec } from './fitness.ts'
import { Gate } from './gate.ts'
import { PeakEwma } from './peak-ewma.ts'
import { requestHash } from './request-hash.ts'
import { RetryBudget } from './retry-budget.ts'
import { Sticky } from './sticky.ts'
import { type Choices, hasOther, insteadOf } from './suitable.ts'
import { Unrest } from './unrest.ts'

/** What a cluster needs of its worker. */
export interface ClusterHost {
  readonly transport: Transport
  readonly random: Random
  readonly stats: EndpointStats
  readonly clock: Clock
  /** An endpoint has failed as often in a row as its ejection takes. */
  suspect(): void
}

/** What a cluster is told of itself. */
type SpecOfCluster = Omit<ClusterSpec, 'name' | 'namespace' | 'service' | 'protocol'> & Partial<LinkSpec>

export class Cluster implements EndpointSource, VariantSource {
  readonly #host: ClusterHost
  readonly #facts: Facts
  readonly #unrest: Unrest
  /** Where all endpoints together are counted. */
  #row: ServiceRow = privateServiceRow()
  /** Which one that is. */
  #number = NO_ROW
  #hash: ((exchange: Asking) => number) | undefined
  /** What is spoken with endpoints; the same object as long as nothing of it changes. */
  #link: LinkSpec = { protocol: 'http/1.1' }
  #balancer: BalancerSpec = { kind: 'round-robin' }
  #connections: ConnectionSpec | undefined
  #outlier: OutlierSpec = DEFAULT_OUTLIER
  #fitness = fitnessSpec({})
  #budget: RetryBudget
  /** Since somebody asked for limits, or for requests to be held. */
  #gate: Gate | undefined
  #endpoints: ReadonlyMap<string, LiveEndpoint> = new Map()
  #sticky: Sticky | undefined
  #candidates: readonly Candidate[] = []
  #farther: readonly Candidate[] = []
  #assignment: Assignment | undefined
  /** The assignment holds while verdicts are those of this epoch, and until this time. */
  #epoch = 0
  #validUntil = Number.POSITIVE_INFINITY

  constructor(host: ClusterHost) {
    this.#host = host
    this.#unrest = new Unrest(host.clock)
    this.#budget = this.#newBudget(DEFAULT_RETRY_BUDGET)
    this.#facts = {
      random: host.random,
      load: ({ inFlight }) => inFlight,
      total: () => this.#row.inFlight,
      latency: (endpoint) => (endpoint as LiveEndpoint).latency?.value(host.clock.now()) ?? 0,
    }
  }

  setSpec(spec: SpecOfCluster): void {
    const { balancer, connections, sticky, outlier, retryBudget, limits } = spec
    this.#balancer = balancer
    this.#hash = balancer.kind === 'maglev' ? requestHash(balancer.on) : undefined
    this.#connections = this.#bounded(connections, limits)
    this.#sticky = sticky && new Sticky(sticky, this.#facts.random)
    this.#outlier = outlier ?? DEFAULT_OUTLIER
    this.#fitness = fitnessSpec(spec)
    this.#budget = this.#newBudget(retryBudget ?? DEFAULT_RETRY_BUDGET)
    this.#guard(spec)
    this.#assignment = undefined
    for (const endpoint of this.#endpoints.values()) this.#measure(endpoint)
    this.#relink(spec)
  }

  /** @param rows where they are counted; each worker counts for itself where it is left out. */
  setEndpoints(specs: readonly EndpointSpec[], rows?: RowGrant): void {
    this.#useRow(rows?.row ?? NO_ROW)
    const next = new Map<string, LiveEndpoint>()
    for (const [i, spec] of specs.entries()) {
      const known = this.#endpoints.get(endpointId(spec))
      const row = this.#rowOf(rows?.endpoints[i], known?.row)
      // Another row is another endpoint: what is under way there must be counted where it began.
      const endpoint = known?.row === row ? known : this.#newEndpoint(spec, row)
      endpoint.update(spec)
      this.#measure(endpoint)
      next.set(endpoint.id, endpoint)
    }
    for (const [id, endpoint] of this.#endpoints) if (next.get(id) !== endpoint) endpoint.depart()
    if (this.#endpoints.size > 0) this.#unrest.stir()
    this.#endpoints = next
    this.#assignment = undefined
    this.#gate?.stir()
  }

  choose(): this {
    return this
  }

  get isEmpty(): boolean {
    this.#current()
    return this.#candidates.length === 0
  }

  acquire(exchange: Asking, tried: Tried): Endpoint | undefined {
    const gate = this.#gate
    if (gate?.isOpen === false) return undefined
    const picked = this.#current().pick(exchange, tried?.at(-1))
    if (picked === undefined) return undefined
    const isGood = picked.unreachableUntil === 0 && picked.unsteadyUntil === 0
    if (tried === undefined && gate === undefined && isGood) return picked
    if (tried === undefined && this.#sticky !== undefined && gate?.takes(picked) === false) {
      return this.#current().otherHome(exchange, picked, gate)
    }
    // A session stays where it is as long as it can be served there.
    const careful = this.#sticky === undefined && (tried !== undefined || isPrecious(exchange))
    return insteadOf(picked, tried ?? [], this.#choices(careful))
  }

  hasOther(tried: readonly Endpoint[]): boolean {
    return hasOther(tried, this.#choices())
  }

  #choices(careful = false): Choices {
    const gate = this.#gate
    const { clock, random } = this.#host
    return {
      near: this.#candidates,
      farther: this.#farther,
      all: this.#endpoints,
      takes: (endpoint) => gate === undefined || gate.takes(endpoint),
      careful,
      now: clock.now(),
      random,
    }
  }

  allowsRetry(): boolean {
    return this.#budget.allows(this.#row)
  }

  wait(waiter: Waiter): (() => void) | FaultCode {
    return this.#gate?.wait(waiter, this.isEmpty) ?? 'no-endpoint'
  }

  samples(labels: readonly string[]): Iterable<Sample> {
    return this.#gate?.samples(labels) ?? []
  }

  /** One load from memory for each request, and a look at the clock only while something changes with time. */
  #current(): Assignment {
    const { stats, clock } = this.#host
    const isTimed = this.#validUntil !== Number.POSITIVE_INFINITY
    if (
      this.#assignment !== undefined &&
      stats.epoch === this.#epoch &&
      !(isTimed && clock.now() >= this.#validUntil)
    ) {
      return this.#assignment
    }
    return this.#assign()
  }

  #assign(): Assignment {
    this.#epoch = this.#host.stats.epoch
    const { candidates, farther, validUntil } = fitness(this.#endpoints.values(), this.#fitness, this.#host.clock.now())
    this.#validUntil = validUntil
    this.#farther = farther
    // Most verdicts are about other clusters: a picker that would be the same again stays, with its place in the round.
    if (this.#assignment !== undefined && areSame(candidates, this.#candidates)) return this.#assignment
    this.#candidates = candidates
    this.#assignment = new Assignment(candidates, {
      balancer: this.#balancer,
      hash: this.#hash,
      sticky: this.#sticky,
      leaving: [...this.#endpoints.values()].filter(({ spec }) => spec.state === 'draining'),
      facts: this.#facts,
    })
    return this.#assignment
  }

  /** Endpoints get new connections where these are of another kind now; on the old ones finishes what is under way. */
  #relink({ protocol = 'http/1.1', tls, proxyProtocol }: Partial<LinkSpec>): void {
    const link = { protocol, ...(tls && { tls }), ...(proxyProtocol && { proxyProtocol }) }
    if (JSON.stringify(link) === JSON.stringify(this.#link)) return
    this.#link = link
    for (const endpoint of this.#endpoints.values()) endpoint.repool(this.#newPool(endpoint.spec))
  }

  #newPool(spec: EndpointSpec): (owner: PoolOwner) => ConnectionPool {
    return (owner) => this.#host.transport.pool(spec, this.#link, owner)
  }

  #newEndpoint(spec: EndpointSpec, row: EndpointRow): LiveEndpoint {
    return new LiveEndpoint(spec, {
      ...{ pool: this.#newPool(spec), connections: () => this.#connections, unrest: this.#unrest },
      ...{ row, clock: this.#host.clock, all: this.#row, onFailure: (streaks) => this.#suspect(streaks) },
    })
  }

  /** Who has no limits costs nobody a thought. */
  #guard({ limits, holding, protocol }: SpecOfCluster): void {
    if (limits === undefined && holding === undefined && this.#gate === undefined) return
    const { clock, random } = this.#host
    this.#gate ??= new Gate({ clock, random, row: () => this.#row })
    // Where a connection serves one request at a time, requests have to wait for it.
    const requestsOfWorker = protocol === 'h2' ? undefined : this.#connections?.max
    this.#gate.configure({ limits, holding, requestsOfWorker })
  }

  #bounded(connections: ConnectionSpec | undefined, limits: LimitsSpec | undefined): ConnectionSpec | undefined {
    if (limits?.connectionsPerEndpoint === undefined) return connections
    return { ...connections, max: Math.ceil(limits.connectionsPerEndpoint / this.#host.stats.workers) }
  }

  #newBudget(spec: RetryBudgetSpec): RetryBudget {
    const { clock, stats } = this.#host
    return new RetryBudget(spec, { clock, workers: stats.workers })
  }

  #useRow(number: number): void {
    if (number === this.#number) return
    this.#number = number
    this.#row = number === NO_ROW ? privateServiceRow() : this.#host.stats.service(number)
    this.#gate?.recount()
  }

  /** @param before kept where it is the same row. */
  #rowOf(number: number | undefined, before: EndpointRow | undefined): EndpointRow {
    if (number === undefined || number === NO_ROW) return before?.isPrivate ? before : privateRow()
    return before?.number === number ? before : this.#host.stats.row(number)
  }

  #suspect([serverErrors, gatewayErrors, faults]: Streaks): void {
    const { consecutive5xx, consecutiveGatewayErrors, consecutiveFaults } = this.#outlier
    const isSuspect =
      isTold(serverErrors, consecutive5xx) ||
      isTold(gatewayErrors, consecutiveGatewayErrors) ||
      isTold(faults, consecutiveFaults)
    if (isSuspect) this.#host.suspect()
  }

  /** Nobody measures what nobody asks for. */
  #measure(endpoint: LiveEndpoint): void {
    endpoint.gate = this.#gate
    if (this.#balancer.kind === 'peak-ewma') endpoint.latency ??= new PeakEwma()
    else endpoint.latency = undefined
    const isWatched = endpoint.latency !== undefined || this.#gate?.isMeasuring === true
    endpoint.measured = isWatched || this.#outlier.latencyFactor > 0
  }
}

/** At the limit, and when the streak is twice, four times and so on as long: nobody may have been ejected for it yet. */
function isTold(streak: number, limit: number): boolean {
  const times = limit === 0 ? 0 : streak / limit
  return times >= 1 && Number.isInteger(Math.log2(times))
}
