/**
 * What all workers count of the endpoints of one cluster together: a row of the same memory and width as those of
 * single endpoints (see `endpoint-stats.ts`), with cells of its own for each worker.
 */
export interface ServiceCells {
  readonly cells: Int32Array
  /** Of the first worker's cells. */
  readonly start: number
  /** From one worker's cells to the next one's. */
  readonly stride: number
  readonly worker: number
  readonly workers: number
}

const IN_FLIGHT = 0
const RETRYING = 1
/** Requests that wait until an endpoint may get them. */
const WAITING = 2
const OWN = 3

export class ServiceRow {
  readonly #cells: Int32Array
  readonly #start: number
  readonly #stride: number
  readonly #end: number
  readonly #own: number

  constructor({ cells, start, stride, worker, workers }: ServiceCells) {
    this.#cells = cells
    this.#start = start
    this.#stride = stride
    this.#end = start + workers * stride
    this.#own = start + worker * stride
  }

  // What a worker writes.

  /** @param again whether the attempt is one after the first, in both. */
  enter(again: boolean): void {
    this.#cells[this.#own + IN_FLIGHT]!++
    if (again) this.#cells[this.#own + RETRYING]!++
  }

  leave(again: boolean): void {
    this.#cells[this.#own + IN_FLIGHT]!--
    if (again) this.#cells[this.#own + RETRYING]!--
  }

  /** A request begins to wait here; `part` follows, once. */
  join(): void {
    this.#cells[this.#own + WAITING]!++
  }

  part(): void {
    this.#cells[this.#own + WAITING]!--
  }

  // What the supervisor writes.

  /** What a worker has under way ended with it. */
  forget(worker: number): void {
    const at = this.#start + worker * this.#stride
    this.#cells.fill(0, at, at + OWN)
  }

  // What anybody may ask.

  /** Requests under way, of all workers. */
  get inFlight(): number {
    return this.#sum(IN_FLIGHT)
  }

  /** Of those, the ones whose first attempt failed. */
  get retrying(): number {
    return this.#sum(RETRYING)
  }

  /** Of this worker alone. */
  get ownInFlight(): number {
    return this.#cells[this.#own + IN_FLIGHT]!
  }

  /** Requests that wait, in all workers. */
  get waiting(): number {
    return this.#sum(WAITING)
  }

  /** Workers in which requests wait, without this one. */
  get othersWaiting(): number {
    const cells = this.#cells
    let workers = 0
    for (let at = this.#start; at < this.#end; at += this.#stride) {
      if (at !== this.#own && cells[at + WAITING] !== 0) workers++
    }
    return workers
  }

  #sum(cell: number): number {
    const cells = this.#cells
    let sum = 0
    for (let at = this.#start + cell; at < this.#end; at += this.#stride) sum += cells[at]!
    return sum
  }
}

/** A row that nobody shares. */
export function privateServiceRow(): ServiceRow {
  return new ServiceRow({ cells: new Int32Array(OWN), start: 0, stride: OWN, worker: 0, workers: 1 })
}
