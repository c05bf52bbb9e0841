/**
 * Counts exchanges by route, method and status. Bounded by construction: labels come from configured objects, the
 * methods of the registry and statuses; series die with their route.
 */
import type { VariantRecord } from './canary/variant-record.ts'
import { CounterRows } from './counter-rows.ts'
import type { Exchange } from './exchange.ts'
import type { FaultCode } from './faults.ts'
import type { Violation } from './http2/errors.ts'
import { FAMILIES, type Sample } from './metrics.ts'
import type { RouteCounters, RouteLabels } from './types.ts'

const BOUNDS = FAMILIES.sluice_request_duration_seconds.buckets.map((seconds) => seconds * 1000)
/** Methods with a label of their own (RFC 9110 section 9, RFC 5789); all others are counted together. */
const METHODS = ['OTHER', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const METHOD_NUMBER: ReadonlyMap<string, number> = new Map(METHODS.map((method, i) => [method, i]))

/** A row for each method and status of a route: these, then a count for each bucket. Requests are the sum of those. */
const RECEIVED = 0
const SENT = 1
const MILLISECONDS = 2
const BUCKETS = 3
const ROW = BUCKETS + BOUNDS.length + 1

/** All series of one route, or of the requests that found none. */
class RouteMetrics implements RouteCounters {
  #lastKey = -1
  #lastRow = -1
  readonly #rows: CounterRows
  labels: RouteLabels
  /** Told as well, where the route is a variant of a canary. */
  record: VariantRecord | undefined = undefined
  #byKey: Map<number, number> | undefined = undefined
  #faults: Map<FaultCode, number> | undefined = undefined
  #retries = 0
  #retriesDenied = 0
  #closed = false

  constructor(labels: RouteLabels, rows: CounterRows) {
    this.labels = labels
    this.#rows = rows
  }

  fault(code: FaultCode): void {
    this.#faults ??= new Map()
    this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1)
  }

  retried(): void {
    this.#retries++
  }

  retryDenied(): void {
    this.#retriesDenied++
  }

  count(exchange: Exchange, milliseconds: number): void {
    const key = exchange.status * METHODS.length + (METHOD_NUMBER.get(exchange.method) ?? 0)
    const row = key === this.#lastKey ? this.#lastRow : this.#row(key)
    if (row < 0) return
    const { values } = this.#rows
    values[row + RECEIVED]! += exchange.bytesReceived
    values[row + SENT]! += exchange.bytesSent
    values[row + MILLISECONDS]! += milliseconds
    this.record?.count(exchange)
    let bucket = 0
    while (bucket < BOUNDS.length && milliseconds > BOUNDS[bucket]!) bucket++
    values[row + BUCKETS + bucket]!++
  }

  /** The route is gone: its rows go to others, and what is still under way is not counted. */
  close(): void {
    this.#closed = true
    this.#lastKey = -1
    for (const row of this.#byKey?.values() ?? []) this.#rows.release(row)
    this.#byKey = undefined
  }

  *samples(): Iterable<Sample> {
    const { namespace, ingress, service, host, path } = this.labels
    for (const [key, row] of this.#byKey ?? []) {
      const method = METHODS[key % METHODS.length]!
      const labels = [namespace, ingress, service, host, path, method, String(Math.floor(key / METHODS.length))]
      const values = this.#rows.values.subarray(row, row + ROW)
      const counts = [...values.subarray(BUCKETS)]
      const requests = counts.reduce((sum, count) => sum + count, 0)
      yield ['sluice_requests', labels, requests]
      yield ['sluice_request_duration_seconds', labels, { counts, sum: values[MILLISECONDS]! / 1000 }]
      yield ['sluice_request_size_bytes', labels, values[RECEIVED]!]
      yield ['sluice_response_size_bytes', labels, values[SENT]!]
    }
    const attempts = [namespace, ingress, service]
    for (const [code, n] of this.#faults ?? []) yield ['sluice_upstream_faults', [...attempts, code], n]
    if (this.#retries > 0) yield ['sluice_upstream_retries', attempts, this.#retries]
    if (this.#retriesDenied > 0) yield ['sluice_upstream_retries_denied', attempts, this.#retriesDenied]
  }

  /** @returns a negative number where nothing is counted any more. */
  #row(key: number): number {
    if (this.#closed) return -1
    this.#byKey ??= new Map()
    let row = this.#byKey.get(key)
    if (row === undefined) {
      row = this.#rows.take()
      this.#byKey.set(key, row)
    }
    this.#lastKey = key
    this.#lastRow = row
    return row
  }
}

const NO_ROUTE: RouteLabels = { namespace: '', ingress: '', service: '', host: '', path: '', variant: '' }

export class RequestMetrics {
  readonly #rows = new CounterRows(ROW)
  readonly #routes = new Map<string, RouteMetrics>()
  readonly #unrouted = new RouteMetrics(NO_ROUTE, this.#rows)
  readonly #refused = new Map<FaultCode, number>()
  readonly #violations = new Map<Violation, number>()

  /** The counters of a route; they survive its recompilation. */
  route(id: string, labels: RouteLabels, record?: VariantRecord): RouteMetrics {
    let metrics = this.#routes.get(id)
    if (metrics === undefined) {
      metrics = new RouteMetrics(labels, this.#rows)
      this.#routes.set(id, metrics)
    }
    metrics.labels = labels
    metrics.record = record
    return metrics
  }

  /** Drops the series of these routes. */
  drop(ids: Iterable<string>): void {
    for (const id of ids) {
      this.#routes.get(id)?.close()
      this.#routes.delete(id)
    }
  }

  count(exchange: Exchange, now: number): void {
    const metrics = (exchange.route?.counters as RouteMetrics | undefined) ?? this.#unrouted
    metrics.count(exchange, now - exchange.startedAt)
  }

  refused(code: FaultCode): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1)
  }

  violated(violation: Violation): void {
    this.#violations.set(violation, (this.#violations.get(violation) ?? 0) + 1)
  }

  *samples(): Iterable<Sample> {
    for (const metrics of this.#routes.values()) yield* metrics.samples()
    yield* this.#unrouted.samples()
    for (const [code, n] of this.#refused) yield ['sluice_refused_requests', [code], n]
    for (const [violation, n] of this.#violations) yield ['sluice_http2_violations', [violation], n]
  }
}
