/**
 * What all workers know of an endpoint, in memory that they share: a row for each endpoint of each cluster, and one for
 * each cluster as a whole. Every worker has cells of its own in a row that nobody else writes, so a request costs a
 * few plain stores; a question adds the workers up. Verdicts are written by the supervisor alone. What the cells of
 * one row have in common is a few lines of the processor's cache: whoever picks an endpoint has them at hand when the
 * request begins there.
 *
 * Counters only grow, modulo 2^32; who wants to know about an interval keeps what they were (see `Tally`). Times are
 * tenths of a second since the process began, which is 6.8 years to the end of a cell.
 *
 * Cells of 32 bits on their boundary are never read half-written (ECMA-262 section 29.10, tear-free accesses).
 */
import { ServiceRow } from './service-row.ts'

/** Before the rows: the epoch. A line of the cache for itself, since every request reads it. */
const HEAD = 16
const EPOCH = 0

/** Cells of a row that all share. */
const READY_FROM = 0
const EJECTED_UNTIL = 1
const EJECTIONS = 2
/** Failures in a row, a cell for each severity. */
const STREAKS = 3
const UNHEALTHY = 6
/** What it gets of its weight, in percent; 0 is all of it. */
const PERCENT = 7
const SHARED = 8

/** Cells of a row that each worker has for itself. */
const IN_FLIGHT = 0
const SUCCESSES = 1
const FAILURES = 2
const LATENCY = 3
const OWN = 4

const TENTH_MS = 100
const OLDEST = -(2 ** 31)
/** Number of a row that nobody shares. */
const PRIVATE = -1

/** How bad a failure is, and as bad as those before it: an answer of 500 and more; 502, 503 or 504; no true answer. */
export const SERVER_ERROR = 0
export const GATEWAY_ERROR = 1
export const FAULT = 2
export type Severity = typeof SERVER_ERROR | typeof GATEWAY_ERROR | typeof FAULT
const SEVERITIES = 3
/** Attempts in a row that failed at least that badly, by severity. */
export type Streaks = readonly [serverErrors: number, gatewayErrors: number, faults: number]

export interface EndpointMemory {
  readonly cells: SharedArrayBuffer
  readonly workers: number
  /** How many rows there are. */
  readonly rows: number
}

/** Nothing of it takes real memory before it is written to. */
export function endpointMemory(workers: number, rows: number): EndpointMemory {
  const cells = HEAD + rows * widthOf(workers)
  return { cells: new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT), workers, rows }
}

/** Lines of the cache are 64 bytes: rows of different endpoints never share one. */
function widthOf(workers: number): number {
  return Math.ceil((SHARED + workers * OWN) / 16) * 16
}

/** What was counted up to a moment; differences are taken modulo 2^32. */
export interface Tally {
  readonly successes: number
  readonly failures: number
  /** Of all successes together, in tenths of milliseconds. */
  readonly latency: number
}

/** A row that nobody shares, for an endpoint that has none among the others: it is as old as can be. */
export function privateRow(): EndpointRow {
  const cells = new Int32Array(SHARED + OWN)
  cells[READY_FROM] = OLDEST
  return new EndpointRow(cells, 0, { number: PRIVATE, worker: 0, workers: 1 })
}

/** All rows, as one worker writes them or the supervisor does. */
export class EndpointStats {
  readonly workers: number
  readonly rows: number
  readonly #cells: Int32Array
  readonly #worker: number

  /** @param worker whose cells are written; the supervisor has none and leaves it out. */
  constructor({ cells, workers, rows }: EndpointMemory, worker = 0) {
    this.workers = workers
    this.rows = rows
    this.#cells = new Int32Array(cells)
    this.#worker = worker
  }

  /** Changes whenever a verdict did. */
  get epoch(): number {
    return this.#cells[EPOCH]!
  }

  /** Verdicts have changed: every worker looks again. Written after them, so that nobody sees it before. */
  announce(): void {
    Atomics.add(this.#cells, EPOCH, 1)
  }

  row(number: number): EndpointRow {
    const start = HEAD + number * widthOf(this.workers)
    return new EndpointRow(this.#cells, start, { number, worker: this.#worker, workers: this.workers })
  }

  /** The same row where it counts the endpoints of a cluster together. */
  service(number: number): ServiceRow {
    const start = HEAD + number * widthOf(this.workers) + SHARED
    return new ServiceRow({ cells: this.#cells, start, stride: OWN, worker: this.#worker, workers: this.workers })
  }
}

interface RowOwner {
  readonly number: number
  readonly worker: number
  readonly workers: number
}

/** One endpoint, or a cluster as a whole. */
export class EndpointRow {
  /** Among all rows; negative where nobody shares it. */
  readonly number: number
  readonly #cells: Int32Array
  readonly #start: number
  readonly #own: number
  readonly #workers: number

  constructor(cells: Int32Array, start: number, { number, worker, workers }: RowOwner) {
    this.number = number
    this.#cells = cells
    this.#start = start
    this.#own = start + SHARED + worker * OWN
    this.#workers = workers
  }

  get isPrivate(): boolean {
    return this.number === PRIVATE
  }

  // What a worker writes.

  enter(): void {
    this.#cells[this.#own + IN_FLIGHT]!++
  }

  leave(): void {
    this.#cells[this.#own + IN_FLIGHT]!--
  }

  /** @param latencyMs from the head sent to the head of the answer; 0 where nobody measured. */
  succeeded(latencyMs: number): void {
    const cells = this.#cells
    cells[this.#own + SUCCESSES]!++
    cells[this.#own + LATENCY]! += Math.round(latencyMs * 10)
    // Nearly always there is no streak to end, and nothing to write where others write too.
    const streaks = this.#start + STREAKS
    for (let severity = 0; severity < SEVERITIES; severity++) {
      if (cells[streaks + severity] !== 0) Atomics.store(cells, streaks + severity, 0)
    }
  }

  /** @returns the streaks as this failure made them: no other worker was told the same number. */
  failed(severity: Severity): Streaks {
    const cells = this.#cells
    cells[this.#own + FAILURES]!++
    const streaks = this.#start + STREAKS
    const made: [number, number, number] = [0, 0, 0]
    for (let each = 0; each < SEVERITIES; each++) {
      if (each <= severity) made[each] = Atomics.add(cells, streaks + each, 1) + 1
      else if (cells[streaks + each] !== 0) Atomics.store(cells, streaks + each, 0)
    }
    return made
  }

  // What the supervisor writes.

  /** Begins the life of a row. @param readyFrom monotonic milliseconds; negative infinity is older than all windows. */
  begin(readyFrom: number): void {
    this.#cells.fill(0, this.#start, this.#start + widthOf(this.#workers))
    this.readyFrom(readyFrom)
  }

  /** It turned out since when it is ready. @param at monotonic milliseconds. */
  readyFrom(at: number): void {
    this.#cells[this.#start + READY_FROM] = toTenths(at)
  }

  /** @param until monotonic milliseconds. */
  eject(until: number, ejections: number): void {
    this.#cells[this.#start + EJECTED_UNTIL] = toTenths(until)
    this.#cells[this.#start + EJECTIONS] = ejections
    this.#cells.fill(0, this.#start + STREAKS, this.#start + STREAKS + SEVERITIES)
  }

  /** Health checks say that it cannot serve. */
  markUnhealthy(): void {
    this.#cells[this.#start + UNHEALTHY] = 1
  }

  /** They say that it can, or nobody asks any more: it comes back as one does that was ejected up to now. */
  recover(now: number): void {
    this.#cells[this.#start + UNHEALTHY] = 0
    this.eject(Math.max(now, this.ejectedUntil), this.ejections)
  }

  /** @param share of its weight that it gets; up to 1. */
  weigh(share: number): void {
    this.#cells[this.#start + PERCENT] = share >= 1 ? 0 : Math.max(1, Math.round(share * 100))
  }

  /** What a worker has under way ended with it. */
  forget(worker: number): void {
    this.#cells[this.#start + SHARED + worker * OWN + IN_FLIGHT] = 0
  }

  // What anybody may ask.

  /** Requests under way, of all workers. */
  get inFlight(): number {
    return this.#sum(IN_FLIGHT)
  }

  /** Of this worker alone. */
  get ownInFlight(): number {
    return this.#cells[this.#own + IN_FLIGHT]!
  }

  /** Since when it can serve, in monotonic milliseconds. */
  get readyAt(): number {
    return this.#cells[this.#start + READY_FROM]! * TENTH_MS
  }

  /** Monotonic milliseconds when the last ejection ends or ended; 0 where there was none. */
  get ejectedUntil(): number {
    return this.#cells[this.#start + EJECTED_UNTIL]! * TENTH_MS
  }

  /** How many times in succession. */
  get ejections(): number {
    return this.#cells[this.#start + EJECTIONS]!
  }

  /** Whether health checks say that it cannot serve. */
  get isUnhealthy(): boolean {
    return this.#cells[this.#start + UNHEALTHY] !== 0
  }

  /** What it gets of its weight; up to 1. */
  get share(): number {
    const percent = this.#cells[this.#start + PERCENT]!
    return percent === 0 ? 1 : percent / 100
  }

  get streaks(): Streaks {
    const streaks = this.#start + STREAKS
    return [this.#cells[streaks]!, this.#cells[streaks + 1]!, this.#cells[streaks + 2]!]
  }

  get tally(): Tally {
    return { successes: this.#sum(SUCCESSES), failures: this.#sum(FAILURES), latency: this.#sum(LATENCY) }
  }

  #sum(cell: number): number {
    const cells = this.#cells
    let at = this.#start + SHARED + cell
    let sum = 0
    for (let worker = 0; worker < this.#workers; worker++, at += OWN) sum += cells[at]!
    return sum
  }
}

/** What was counted between two moments. */
export function since(before: Tally, now: Tally): Tally {
  return {
    successes: (now.successes - before.successes) >>> 0,
    failures: (now.failures - before.failures) >>> 0,
    latency: (now.latency - before.latency) >>> 0,
  }
}

/** Rounded up: an ejection is never shorter than it was meant to be. */
function toTenths(milliseconds: number): number {
  return Math.max(OLDEST, Math.ceil(milliseconds / TENTH_MS))
}
