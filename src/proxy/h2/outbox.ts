/** The part of a body that waits for the windows of the peer, or for room in the output. */
import { borrowBuffer, returnBuffer } from '../http2/buffer-stock.ts'
import { COPIED_BYTES } from '../output.ts'

export class Outbox {
  /** `bytes[at, end)`; somebody else's buffer until `own`. */
  bytes: Buffer
  at: number
  end: number
  #isOwn = false

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
    if (end - at <= COPIED_BYTES) this.own(0)
  }

  /** More of the same read: chunks come one by one. */
  add(bytes: Buffer, start: number, end: number): void {
    const more = end - start
    if (!this.#isOwn || this.bytes.length < this.end + more) this.own(Math.max(more, this.end - this.at))
    this.end += bytes.copy(this.bytes, this.end, start, end)
  }

  /** Moves what waits to a buffer of its own, with room for so many bytes more. */
  own(room: number): void {
    const before = this.bytes
    const waiting = this.end - this.at
    this.bytes = borrowBuffer(waiting + room)
    before.copy(this.bytes, 0, this.at, this.end)
    this.at = 0
    this.end = waiting
    if (this.#isOwn) returnBuffer(before)
    this.#isOwn = true
  }

  /** Nothing waits any more. */
  close(): void {
    if (this.#isOwn) returnBuffer(this.bytes)
    this.#isOwn = false
  }
}
