/** The buffer that one connection reads into: as large as its answers need, and never one whose bytes are kept. */
import type { ReadBuffers } from './read-buffers.ts'

export class ReadBuffer {
  buffer: Buffer
  readonly #stock: ReadBuffers
  /** The last read used the buffer to its end. */
  #filled = false
  #retained = false

  constructor(stock: ReadBuffers) {
    this.#stock = stock
    this.buffer = stock.small()
  }

  /** So many bytes were read into it. */
  read(bytes: number): void {
    this.#filled = bytes === this.buffer.length
  }

  /** Somebody keeps what was read last: the next read goes elsewhere. */
  retain(): void {
    this.#retained = true
  }

  /**
   * @param idle whether nothing is expected.
   * @returns undefined to stay with the last one, which spares Node some work.
   */
  next(idle: boolean): Buffer | undefined {
    const last = this.buffer
    this.buffer = this.#retained ? this.#stock.another(last) : this.#stock.fitting(last, this.#filled, idle)
    this.#retained = false
    return this.buffer === last ? undefined : this.buffer
  }

  /** The connection is gone. */
  release(): void {
    this.#stock.release(this.buffer)
  }
}
