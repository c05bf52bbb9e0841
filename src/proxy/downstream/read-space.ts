/**
 * Where the bytes of a worker's downstream connections are read to. All read into one shared buffer, so that an idle
 * connection owns none, nor does one that sends little; bytes that outlast the read are copied out of it. Connections
 * that upload in bulk read into a buffer of their own.
 */
import { HEADROOM } from '../output.ts'

const READ_BYTES = 64 * 1024
/** Buffers kept for the next upload; 2 MiB. */
const STOCK = 32

/** Bytes `buffer[start, end)`. */
export interface Run {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

export class ReadSpace {
  /** What connections read into, one at a time. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  readonly #stock: Buffer[] = []

  /** A copy of `shared[start, end)` that may be kept, and takes no more room than it needs. */
  keep(start: number, end: number): Run {
    return this.#copy(Buffer.allocUnsafeSlow(HEADROOM + end - start), start, end)
  }

  /** A copy of `shared[start, end)` that will soon be given back. */
  borrow(start: number, end: number): Run {
    return this.#copy(this.take(), start, end)
  }

  /** A buffer to read into whose bytes may be kept. */
  take(): Buffer {
    return this.#stock.pop() ?? Buffer.allocUnsafeSlow(HEADROOM + READ_BYTES)
  }

  /** Gives a buffer back that nobody reads from or into any more. */
  give(buffer: Buffer): void {
    if (buffer.length === HEADROOM + READ_BYTES && this.#stock.length < STOCK) this.#stock.push(buffer)
  }

  #copy(buffer: Buffer, start: number, end: number): Run {
    this.shared.copy(buffer, HEADROOM, start, end)
    return { buffer, start: HEADROOM, end: HEADROOM + end - start }
  }
}
