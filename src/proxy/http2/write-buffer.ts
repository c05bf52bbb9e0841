/**
 * What a connection is about to send: every frame of a turn, for all streams, in one buffer that leaves in one write.
 * Each connection has a small buffer of its own, since most are idle; a turn that needs more borrows from a stock that
 * all connections of a thread share.
 */
import { borrowBuffer, returnBuffer } from './buffer-stock.ts'

const OWN_BYTES = 4 * 1024

export class WriteBuffer {
  bytes: Buffer
  length = 0
  #own: Buffer = Buffer.allocUnsafeSlow(OWN_BYTES)

  constructor() {
    this.bytes = this.#own
  }

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const before = this.bytes
    this.bytes = borrowBuffer(wanted)
    before.copy(this.bytes, 0, 0, this.length)
    if (before !== this.#own) returnBuffer(before)
  }

  uint16(value: number): void {
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.uint16(value >>> 16)
    this.uint16(value)
  }

  /** Copies `bytes[start, end)`. */
  copy(bytes: Buffer, start: number, end: number): void {
    this.reserve(end - start)
    this.length += bytes.copy(this.bytes, this.length, start, end)
  }

  /** What is there to be written. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length)
  }

  /**
   * It was written.
   * @param taken whether nobody reads the buffer any more, so that it may be filled again.
   */
  written(taken: boolean): void {
    this.length = 0
    const { bytes } = this
    if (taken && bytes !== this.#own) returnBuffer(bytes)
    else if (!taken && bytes === this.#own) this.#own = Buffer.allocUnsafeSlow(OWN_BYTES)
    this.bytes = this.#own
  }
}
