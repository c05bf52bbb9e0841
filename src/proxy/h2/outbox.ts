/** The part of a body that waits for the windows of the peer, or for room in the output. */
const FIRST_BYTES = 4096

export class Outbox {
  /** `bytes[at, end)`; somebody else's buffer unless pieces had to be put together. */
  bytes: Buffer
  at: number
  end: number
  #own = false

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  /** More of the same read: chunks come one by one. */
  add(bytes: Buffer, start: number, end: number): void {
    const wanted = this.end + end - start
    if (!this.#own || this.bytes.length < wanted) {
      const waiting = this.end - this.at
      const larger = Buffer.allocUnsafeSlow(Math.max(2 * (waiting + end - start), FIRST_BYTES))
      this.end = this.bytes.copy(larger, 0, this.at, this.end)
      this.at = 0
      this.bytes = larger
      this.#own = true
    }
    this.end += bytes.copy(this.bytes, this.end, start, end)
  }
}
