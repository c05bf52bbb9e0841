/**
 * Open downstream connections, in all and for each client, counted over all workers in memory that they share. Every
 * worker has cells of its own that nobody else writes, so nothing needs a lock; a question adds the workers up. The
 * supervisor erases what a dead worker has counted.
 *
 * Clients are counted in a fixed number of cells by a keyed hash of their address: constant memory whoever connects.
 * Two clients that share a cell, which nobody can choose to, share a limit as well.
 */
import { hashText } from '../../lib/hash.ts'
import { type Random, randomSeed } from '../../lib/random.ts'

/** Cells for clients, of each worker: 64 KiB. */
const CLIENT_CELLS = 16_384
/** The first cell is the total. */
const STRIDE = 1 + CLIENT_CELLS

export interface ConnectionMemory {
  readonly cells: SharedArrayBuffer
  readonly workers: number
  /** Key of the hash: 32 bits of chance. */
  readonly key: number
}

export function connectionMemory(workers: number, random: Random): ConnectionMemory {
  const cells = new SharedArrayBuffer(workers * STRIDE * Int32Array.BYTES_PER_ELEMENT)
  return { cells, workers, key: randomSeed(random) }
}

/** Forgets what a worker has counted that is no more. */
export function eraseCounts(memory: ConnectionMemory, index: number): void {
  new Int32Array(memory.cells).fill(0, index * STRIDE, (index + 1) * STRIDE)
}

/** The counts as one worker keeps and sees them. */
export class ConnectionCounts {
  readonly #cells: Int32Array
  readonly #workers: number
  readonly #key: number
  readonly #own: number

  constructor(memory: ConnectionMemory, index: number) {
    this.#cells = new Int32Array(memory.cells)
    this.#workers = memory.workers
    this.#key = memory.key
    this.#own = index * STRIDE
  }

  opened(address: string): void {
    this.#add(address, 1)
  }

  closed(address: string): void {
    this.#add(address, -1)
  }

  /** Open connections of all workers. */
  total(): number {
    return this.#sum(0)
  }

  /** Those of one client. */
  ofClient(address: string): number {
    return this.#sum(this.#cellOf(address))
  }

  #add(address: string, change: 1 | -1): void {
    Atomics.add(this.#cells, this.#own, change)
    Atomics.add(this.#cells, this.#own + this.#cellOf(address), change)
  }

  #sum(cell: number): number {
    let sum = 0
    for (let worker = 0; worker < this.#workers; worker++) sum += Atomics.load(this.#cells, worker * STRIDE + cell)
    return sum
  }

  #cellOf(address: string): number {
    return 1 + (hashText(address, this.#key) % CLIENT_CELLS)
  }
}
