/**
 * Requests under way by key, counted over all workers in memory that they share. The first row holds the totals, which
 * decide; behind it every worker has a row of what is its own, by which the supervisor takes back what a dead one had.
 * Keys that fall into one cell, which nobody can choose to, share a limit.
 */
import type { KeyHash } from './gcra-table.ts'

export interface ConcurrencySpec {
  /** Requests that may be under way at a time. */
  readonly most: number
  /** Cells of a row. */
  readonly keys: number
}

export function concurrencyMemory({ keys }: ConcurrencySpec, workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(cellsFor(keys) * (1 + workers) * Int32Array.BYTES_PER_ELEMENT)
}

/** Takes back what a worker had under way that is no more. */
export function eraseConcurrency(memory: SharedArrayBuffer, { keys }: ConcurrencySpec, index: number): void {
  const words = new Int32Array(memory)
  const cells = cellsFor(keys)
  for (let cell = 0; cell < cells; cell++) {
    const own = Atomics.exchange(words, (1 + index) * cells + cell, 0)
    if (own !== 0) Atomics.sub(words, cell, own)
  }
}

export class ConcurrencyTable {
  readonly #words: Int32Array
  readonly #cells: number
  readonly #own: number
  readonly #most: number

  /** @param index of the worker whose row is written. */
  constructor(memory: SharedArrayBuffer, { most, keys }: ConcurrencySpec, index: number) {
    this.#words = new Int32Array(memory)
    this.#cells = cellsFor(keys)
    this.#own = (1 + index) * this.#cells
    this.#most = most
  }

  /**
   * Takes a place where there is one.
   * @returns the cell to give back by `leave`; -1 where there is none.
   */
  enter({ hash }: KeyHash): number {
    const cell = this.#cellOf(hash)
    for (;;) {
      const total = Atomics.load(this.#words, cell)
      if (total >= this.#most) return -1
      // Its own row first: of a worker that dies in between too much is taken back, never too little.
      Atomics.add(this.#words, this.#own + cell, 1)
      if (Atomics.compareExchange(this.#words, cell, total, total + 1) === total) return cell
      Atomics.sub(this.#words, this.#own + cell, 1)
    }
  }

  /** Takes a place whether there is one or not. @returns the cell to give back by `leave`. */
  force({ hash }: KeyHash): number {
    const cell = this.#cellOf(hash)
    Atomics.add(this.#words, this.#own + cell, 1)
    Atomics.add(this.#words, cell, 1)
    return cell
  }

  /** @param cell that was returned for what is over now. */
  leave(cell: number): void {
    Atomics.sub(this.#words, cell, 1)
    Atomics.sub(this.#words, this.#own + cell, 1)
  }

  #cellOf(hash: number): number {
    return hash & (this.#cells - 1)
  }
}

/** A power of two, so that a hash is a cell at once. */
function cellsFor(keys: number): number {
  return 2 ** Math.ceil(Math.log2(keys))
}
