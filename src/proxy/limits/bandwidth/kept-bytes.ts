/** Copies of bytes that wait, in the order in which they came. */
import { Buffer } from 'node:buffer'

export class KeptBytes {
  #parts: Buffer[] = []
  bytes = 0

  get isEmpty(): boolean {
    return this.bytes === 0
  }

  add(buffer: Buffer, start: number, end: number): void {
    this.#parts.push(Buffer.from(buffer.subarray(start, end)))
    this.bytes += end - start
  }

  /** The first so many of them, not more than there are, which are kept no longer. */
  take(count: number): Buffer {
    const all = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    this.bytes -= count
    this.#parts = this.bytes === 0 ? [] : [all.subarray(count)]
    return all.subarray(0, count)
  }

  clear(): void {
    this.#parts = []
    this.bytes = 0
  }
}
