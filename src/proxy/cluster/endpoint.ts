/** One address of a cluster in one worker. What it counts lies in memory that all workers share. */
import type { Clock } from '../../lib/clock.ts'
import { type EndpointSpec, endpointId } from '../../model/cluster.ts'
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
import type { Endpoint } from '../types.ts'
import type { Standing } from './fitness.ts'
import type { Gate } from './gate.ts'
import type { PeakEwma } from './peak-ewma.ts'

/**
 * For how long nobody else has to find out that an endpoint takes no connections. Its end may be known to nobody for a
 * while, and many of one Service may end together. One request a second is not too much to see that it is back.
 */
const UNREACHABLE_MS = 1_000
const UNREACHABLE: ReadonlySet<FaultCode> = new Set(['connect-refused', 'connect-timeout', 'connect-failed'])

export interface EndpointInit {
  readonly pool: Endpoint['pool']
  readonly row: EndpointRow
  readonly clock: Pick<Clock, 'now'>
  /** Of all endpoints of the cluster together. */
  readonly all: ServiceRow
  /** Told of every failure, with how many there were in a row. */
  readonly onFailure: (streaks: Streaks) => void
}

export class LiveEndpoint implements Endpoint, Standing {
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
  /** Hears of what ends here, where there are limits. */
  gate: Gate | undefined = undefined

  constructor(spec: EndpointSpec, { pool, row, clock, all, onFailure }: EndpointInit) {
    this.id = endpointId(spec)
    this.spec = spec
    this.pool = pool
    this.row = row
    this.#all = all
    this.#onFailure = onFailure
    this.#clock = clock
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
    if (status < 500) this.row.succeeded(latencyMs)
    else this.#failed(status >= 502 && status <= 504 ? GATEWAY_ERROR : SERVER_ERROR)
  }

  faulted(code: FaultCode): void {
    if (UNREACHABLE.has(code)) this.unreachableUntil = this.#clock.now() + UNREACHABLE_MS
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
  repool(pool: Endpoint['pool']): void {
    this.pool.drain()
    this.pool = pool
    this.update(this.spec)
  }

  #failed(severity: Severity): void {
    this.#onFailure(this.row.failed(severity))
  }
}
