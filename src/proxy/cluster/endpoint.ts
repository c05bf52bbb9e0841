/** One address of a cluster in one worker. What it counts lies in memory that all workers share. */
import type { Clock } from '../../lib/clock.ts'
import { type ConnectionSpec, type EndpointSpec, endpointId } from '../../model/cluster.ts'
import { FAULTS, type FaultCode } from '../faults.ts'
import {
  type EndpointRow,
  FAULT,
  GATEWAY_ERROR,
  SERVER_ERROR,
  type Severity,
  type Streaks,
} from '../shared/endpoint-stats.ts'
import type { ServiceRow } from '../shared/service-row.ts'
import type { Endpoint, PoolOwner } from '../types.ts'
import type { Standing } from './fitness.ts'
import type { Gate } from './gate.ts'
import type { PeakEwma } from './peak-ewma.ts'
import type { Unrest } from './unrest.ts'

/**
 * For how long nobody else has to find out that an endpoint takes no connections. Its end may be known to nobody for a
 * while, and many of one Service may end together. One request a second is not too much to see that it is back.
 */
const UNREACHABLE_MS = 1_000
const UNREACHABLE: ReadonlySet<FaultCode> = new Set(['connect-refused', 'connect-timeout', 'connect-failed'])
/** It has ended a connection on which a request was under way. */
const HANG_UPS: ReadonlySet<FaultCode> = new Set(['upstream-reset-before-response', 'upstream-closed-unasked'])

/**
 * For how long requests that could not be repeated avoid an endpoint that has ended a connection. Who closes for good
 * closes its listener a moment later, on a busy machine a tenth of a second: what connects in between is lost with it.
 */
const UNSTEADY_MS = 1_000
/** Who does it again within this time does so all the time, and goes on. */
const HABIT_MS = 10_000

export interface EndpointInit {
  readonly pool: (owner: PoolOwner) => Endpoint['pool']
  /** What the cluster asks of connections at the moment. */
  readonly connections: () => ConnectionSpec | undefined
  readonly unrest: Unrest
  readonly row: EndpointRow
  readonly clock: Pick<Clock, 'now'>
  /** Of all endpoints of the cluster together. */
  readonly all: ServiceRow
  /** Told of every failure, with how many there were in a row. */
  readonly onFailure: (streaks: Streaks) => void
}

export class LiveEndpoint implements Endpoint, Standing, PoolOwner {
  readonly id: string
  pool: Endpoint['pool']
  readonly row: EndpointRow
  readonly #all: ServiceRow
  readonly #onFailure: (streaks: Streaks) => void
  readonly #clock: Pick<Clock, 'now'>
  spec: EndpointSpec
  latency: PeakEwma | undefined = undefined
  measured = false
  unreachableUntil = 0
  unsteadyUntil = 0
  readonly #connections: () => ConnectionSpec | undefined
  readonly #unrest: Unrest
  #hungUpAt = Number.NEGATIVE_INFINITY
  /** Hears of what ends here, where there are limits. */
  gate: Gate | undefined = undefined

  constructor(spec: EndpointSpec, { pool, connections, unrest, row, clock, all, onFailure }: EndpointInit) {
    this.id = endpointId(spec)
    this.spec = spec
    this.row = row
    this.#connections = connections
    this.#unrest = unrest
    this.#all = all
    this.#onFailure = onFailure
    this.#clock = clock
    this.pool = pool(this)
  }

  get connections(): ConnectionSpec | undefined {
    return this.#connections()
  }

  get restlessUntil(): number {
    return this.#unrest.until
  }

  get asksFirst(): boolean {
    return this.#connections()?.asksFirst !== false && this.#unrest.isAnswered
  }

  askedInVain(): void {
    this.#unrest.askedInVain()
  }

  hungUp(): void {
    const now = this.#clock.now()
    const isHabit = now - this.#hungUpAt < HABIT_MS
    this.#hungUpAt = now
    if (isHabit) return
    this.unsteadyUntil = now + UNSTEADY_MS
    this.#unrest.stir()
  }

  get inFlight(): number {
    return this.row.inFlight
  }

  get ownInFlight(): number {
    return this.row.ownInFlight
  }

  get readyAt(): number {
    return this.row.readyAt
  }

  get ejectedUntil(): number {
    return this.row.ejectedUntil
  }

  get isUnhealthy(): boolean {
    return this.row.isUnhealthy
  }

  get share(): number {
    return this.row.share
  }

  enter(again: boolean): void {
    this.row.enter()
    this.#all.enter(again)
  }

  leave(again: boolean): void {
    this.row.leave()
    this.#all.leave(again)
    this.gate?.stir()
  }

  answered(status: number, latencyMs: number): void {
    this.gate?.answered(latencyMs)
    // Not before: who is about to end answers what it has, and takes no connection any more.
    if (this.unreachableUntil !== 0 && this.unreachableUntil <= this.#clock.now()) this.unreachableUntil = 0
    if (this.unsteadyUntil !== 0 && this.unsteadyUntil <= this.#clock.now()) this.unsteadyUntil = 0
    if (status < 500) this.row.succeeded(latencyMs)
    else this.#failed(status >= 502 && status <= 504 ? GATEWAY_ERROR : SERVER_ERROR)
  }

  faulted(code: FaultCode): void {
    if (UNREACHABLE.has(code)) {
      this.unreachableUntil = this.#clock.now() + UNREACHABLE_MS
      this.#unrest.stir()
    }
    if (HANG_UPS.has(code)) this.hungUp()
    if (FAULTS[code].blame) this.#failed(FAULT)
  }

  update(spec: EndpointSpec): void {
    this.spec = spec
    if (spec.state === 'draining') this.pool.drain(spec.graceMs)
    else this.pool.reopen()
  }

  /** It is none of its cluster any more: who still has it under way sees an endpoint that ends. */
  depart(): void {
    this.spec = { ...this.spec, state: 'draining' }
    this.pool.drain()
  }

  /** Requests go by other connections from now on. */
  repool(pool: EndpointInit['pool']): void {
    this.pool.drain()
    this.pool = pool(this)
    this.update(this.spec)
  }

  #failed(severity: Severity): void {
    this.#onFailure(this.row.failed(severity))
  }
}
