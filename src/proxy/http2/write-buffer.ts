/**
 * What a connection is about to send: every frame of a turn, for all streams, in one buffer that leaves in one write.
 * Between turns a connection has none: it borrows from a stock that all connections of a thread share. Most are idle,
 * and the one that was given back last is still in the processor's caches.
 */
import { borrowBuffer, returnBuffer } from './buffer-stock.ts'

const NOTHING = Buffer.alloc(0)

export class WriteBuffer {
  bytes: Buffer = NOTHING
  length = 0

  /** Makes room for so many bytes more. */
  reserve(more: number): void {
    const wanted = this.length + more
    if (wanted <= this.bytes.length) return
    const before = this.bytes
    this.bytes = borrowBuffer(wanted)
    before.copy(this.bytes, 0, 0, this.length)
    returnBuffer(before)
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
   * @param taken whether nobody reads the buffer any more, so that it may be used again.
   */
  written(taken: boolean): void {
    if (taken) returnBuffer(this.bytes)
    this.bytes = NOTHING
    this.length = 0
  }
}
