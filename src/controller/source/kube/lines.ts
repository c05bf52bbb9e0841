/** Bytes of a watch into lines, each of bounded length, whatever the parts they arrive in. */
import { Buffer } from 'node:buffer'
import { TooLarge } from './errors.ts'

const NEWLINE = 0x0a

export class Lines {
  readonly #maxBytes: number
  /** The start of a line whose end has not come yet. */
  #parts: Buffer[] = []
  #bytes = 0

  /** @param maxBytes most bytes of one line; without a bound, one object could take all memory. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Lines that end in this chunk, without their ends; empty ones are left out.
   * @throws TooLarge once a line is longer than allowed; the lines before it were given already.
   */
  *push(chunk: Buffer): Generator<string> {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#hold(chunk.subarray(from, end))
      from = end + 1
      const line = this.#release()
      if (line !== '') yield line
    }
    this.#hold(chunk.subarray(from))
  }

  #hold(part: Buffer): void {
    this.#bytes += part.length
    if (this.#bytes > this.#maxBytes) throw new TooLarge(`an event is longer than ${this.#maxBytes} bytes`)
    if (part.length > 0) this.#parts.push(part)
  }

  /** Bytes become text only as a whole line: a character may be cut in two by the end of a chunk. */
  #release(): string {
    const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts)
    this.#parts = []
    this.#bytes = 0
    return line.toString('utf8').trim()
  }
}
