/**
 * How much a service and its endpoints get at a time, and who waits: for room where there are limits, for the first
 * endpoint where there is none. What is under way is counted by all workers together. Between two of them that ask in
 * the same instant there is no lock: a limit can be exceeded by as many requests as there are other workers, for as
 * long as these take.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { type HoldingSpec, type LimitsSpec, NO_LIMITS } from '../../model/cluster.ts'
import type { FaultCode } from '../faults.ts'
import type { Sample } from '../metrics.ts'
import type { ServiceRow } from '../shared/service-row.ts'
import type { Endpoint, Waiter } from '../types.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { WaitingLine } from './waiting-line.ts'

export interface GateHost {
  readonly clock: Clock
  readonly random: Random
  /** Where all endpoints of the cluster are counted together. */
  row(): ServiceRow
}

export interface GateSpec {
  readonly limits?: LimitsSpec | undefined
  readonly holding?: HoldingSpec | undefined
  /** Most requests of this worker at one endpoint. */
  readonly requestsOfWorker?: number | undefined
}

export class Gate {
  readonly #host: GateHost
  readonly #line: WaitingLine
  #limits: LimitsSpec = NO_LIMITS
  #requestsOfWorker = Number.POSITIVE_INFINITY
  #adaptive: AdaptiveLimit | undefined = undefined
  #holding: HoldingSpec = { requests: 0, ms: 0 }
  /** Requests that had to wait, and those that were answered instead, by why. */
  #waited = 0
  readonly #refused = new Map<FaultCode, number>()

  constructor(host: GateHost) {
    this.#host = host
    this.#line = new WaitingLine(host.clock)
  }

  configure({ limits, holding, requestsOfWorker = Number.POSITIVE_INFINITY }: GateSpec): void {
    this.#requestsOfWorker = requestsOfWorker
    this.#limits = limits ?? NO_LIMITS
    this.#holding = holding ?? { requests: 0, ms: 0 }
    const isAdaptive = limits?.adaptive === true
    this.#adaptive = isAdaptive ? (this.#adaptive ?? new AdaptiveLimit(this.#host.clock.now())) : undefined
    this.#line.patienceMs = limits === undefined ? Number.POSITIVE_INFINITY : limits.pendingMs / 2
    this.#line.stir()
  }

  /** Whether the service may get one more request, from the line if there is one. */
  get isOpen(): boolean {
    if (!this.#line.isEmpty && !this.#line.isCalling) return false
    const { clock, random } = this.#host
    const row = this.#host.row()
    if (this.#adaptive !== undefined && row.ownInFlight >= this.#adaptive.limit(clock.now())) return false
    const { requests: most } = this.#limits
    return most === 0 || hasRoom(row, { most, contenders: row.othersWaiting, random })
  }

  /** Whether it wants to know how long answers take. */
  get isMeasuring(): boolean {
    return this.#adaptive !== undefined
  }

  /** An answer is over that began so long after its request; 0 where nobody measured. */
  answered(latencyMs: number): void {
    if (latencyMs > 0) this.#adaptive?.observe(latencyMs, this.#host.row().ownInFlight, this.#host.clock.now())
  }

  /** Whether this endpoint may. */
  takes(endpoint: Endpoint): boolean {
    const { requestsPerEndpoint: most } = this.#limits
    if (endpoint.ownInFlight >= this.#requestsOfWorker) return false
    if (most === 0) return true
    return hasRoom(endpoint, { most, contenders: this.#host.row().othersWaiting, random: this.#host.random })
  }

  /** The cluster is counted elsewhere from now on. */
  recount(): void {
    this.#line.recount(this.#host.row())
  }

  /** There may be room now. */
  stir(): void {
    this.#line.stir()
  }

  /**
   * @param isEmpty whether there is no endpoint at all.
   * @returns the way out of the line, or why the request cannot wait.
   */
  wait(waiter: Waiter, isEmpty: boolean): (() => void) | FaultCode {
    const { pending, pendingMs } = this.#limits
    const most = isEmpty ? this.#holding.requests : pending
    const row = this.#host.row()
    if (row.waiting >= most) return this.#refuse(isEmpty ? 'no-endpoint' : 'service-overloaded')
    this.#waited++
    const ms = isEmpty ? this.#holding.ms : pendingMs
    const code = isEmpty ? 'no-endpoint' : 'queue-timeout'
    const expired = () => waiter.expired(this.#refuse(code))
    return this.#line.join({ waiter: { called: () => waiter.called(), expired }, ms, code, row })
  }

  /** @param labels of the service. */
  *samples(labels: readonly string[]): Iterable<Sample> {
    if (this.#adaptive !== undefined) {
      yield ['sluice_service_concurrency_limit', labels, Math.floor(this.#adaptive.limit(this.#host.clock.now()))]
    }
    if (this.#waited === 0 && this.#refused.size === 0) return
    yield ['sluice_service_requests_waiting', labels, this.#line.size]
    yield ['sluice_service_requests_waited', labels, this.#waited]
    for (const [code, n] of this.#refused) yield ['sluice_service_requests_refused', [...labels, code], n]
  }

  #refuse(code: FaultCode): FaultCode {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1)
    return code
  }
}

/** Requests under way, of all workers and of this one. */
type Count = Pick<Endpoint, 'inFlight' | 'ownInFlight'>

interface RoomInit {
  /** How many are allowed in all. */
  readonly most: number
  /** Other workers in which requests wait. */
  readonly contenders: number
  readonly random: Random
}

/**
 * Whether a worker may send one more. Where requests wait in other workers as well, each gets the same part of what is
 * allowed, so that nobody waits for ever beside one that always has the next request at hand; a part of a request is a
 * chance of one.
 */
export function hasRoom({ inFlight, ownInFlight }: Count, { most, contenders, random }: RoomInit): boolean {
  if (inFlight >= most) return false
  if (contenders === 0) return true
  const left = most / (contenders + 1) - ownInFlight
  return left >= 1 || random() < left
}
