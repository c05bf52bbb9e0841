/**
 * Counts exchanges by route, method and status. Bounded by construction: labels come from configured objects, the
 * methods of the registry and statuses; series die with their route.
 */
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import { FAMILIES, type Sample } from './metrics.ts'
import type { RouteCounters, RouteLabels } from './types.ts'

const BOUNDS = FAMILIES.sluice_request_duration_seconds.buckets.map((seconds) => seconds * 1000)
/** Methods with a label of their own (RFC 9110 section 9, RFC 5789); all others are counted together. */
const METHODS = ['OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const METHOD_NUMBER: ReadonlyMap<string, number> = new Map(METHODS.map((method, i) => [method, i]))

/** One method and status of one route. */
class Cell {
  requests = 0
  received = 0
  sent = 0
  milliseconds = 0
  readonly buckets: number[] = new Array(BOUNDS.length + 1).fill(0)
}

/** All series of one route, or of the requests that found none. */
export class RouteMetrics implements RouteCounters {
  labels: RouteLabels
  #lastKey = -1
  #last: Cell | undefined
  readonly #cells = new Map<number, Cell>()
  readonly #faults = new Map<FaultCode, number>()
  #retries = 0

  constructor(labels: RouteLabels) {
    this.labels = labels
  }

  fault(code: FaultCode): void {
    this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1)
  }

  retried(): void {
    this.#retries++
  }

  count(exchange: Exchange, milliseconds: number): void {
    const key = exchange.status * METHODS.length + (METHOD_NUMBER.get(exchange.method) ?? 0)
    const cell = key === this.#lastKey ? this.#last! : this.#cell(key)
    cell.requests++
    cell.received += exchange.bytesReceived
    cell.sent += exchange.bytesSent
    cell.milliseconds += milliseconds
    let bucket = 0
    while (bucket < BOUNDS.length && milliseconds > BOUNDS[bucket]!) bucket++
    cell.buckets[bucket]!++
  }

  *samples(): Iterable<Sample> {
    const { namespace, ingress, service, host, path } = this.labels
    for (const [key, cell] of this.#cells) {
      const method = METHODS[key % METHODS.length]!
      const labels = [namespace, ingress, service, host, path, method, String(Math.floor(key / METHODS.length))]
      yield ['sluice_requests', labels, cell.requests]
      yield ['sluice_request_duration_seconds', labels, { counts: [...cell.buckets], sum: cell.milliseconds / 1000 }]
      yield ['sluice_request_size_bytes', labels, cell.received]
      yield ['sluice_response_size_bytes', labels, cell.sent]
    }
    for (const [code, n] of this.#faults) yield ['sluice_upstream_faults', [namespace, ingress, service, code], n]
    if (this.#retries > 0) yield ['sluice_upstream_retries', [namespace, ingress, service], this.#retries]
  }

  #cell(key: number): Cell {
    const cell = this.#cells.get(key) ?? new Cell()
    this.#cells.set(key, cell)
    this.#lastKey = key
    this.#last = cell
    return cell
  }
}

const NO_ROUTE: RouteLabels = { namespace: '', ingress: '', service: '', host: '', path: '' }

export class RequestMetrics {
  readonly #routes = new Map<string, RouteMetrics>()
  readonly #unrouted = new RouteMetrics(NO_ROUTE)
  readonly #refused = new Map<FaultCode, number>()

  /** The counters of a route; they survive its recompilation. */
  route(id: string, labels: RouteLabels): RouteMetrics {
    let metrics = this.#routes.get(id)
    if (metrics === undefined) {
      metrics = new RouteMetrics(labels)
      this.#routes.set(id, metrics)
    }
    metrics.labels = labels
    return metrics
  }

  /** Drops the series of all routes but these. */
  retain(ids: ReadonlySet<string>): void {
    for (const id of this.#routes.keys()) if (!ids.has(id)) this.#routes.delete(id)
  }

  count(exchange: Exchange, now: number): void {
    const metrics = (exchange.route?.counters as RouteMetrics | undefined) ?? this.#unrouted
    metrics.count(exchange, now - exchange.startedAt)
  }

  refused(code: FaultCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1)
  }

  *samples(): Iterable<Sample> {
    for (const metrics of this.#routes.values()) yield* metrics.samples()
    yield* this.#unrouted.samples()
    for (const [code, n] of this.#refused) yield ['sluice_refused_requests', [code], n]
  }
}
