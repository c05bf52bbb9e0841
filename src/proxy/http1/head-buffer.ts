/**
 * Collects the bytes of a message head (start line and field lines) until its empty line. A head that lies whole in
 * one chunk, as nearly all do, is decoded where it lies; only the rare split one is copied. The verdict does not
 * depend on how the bytes were cut.
 */
import { CR, LF, SP, TOKEN } from './chars.ts'
import type { HeadText } from './head-text.ts'

/** Decoded at first; most heads are smaller, and what follows in the chunk is body. */
const FIRST_LOOK = 4096
const END = '\r\n\r\n'

/**
 * What `take` found last, of all buffers of this thread: it is parsed at once, and a connection that idles afterwards
 * must not keep it alive.
 */
const found: { -readonly [K in keyof HeadText]: HeadText[K] } = {
  text: '',
  bytes: Buffer.alloc(0),
  shift: 0,
  length: 0,
}

export type HeadFault = 'bad-request-line' | 'bad-field' | 'request-line-too-long' | 'header-too-large'

export class HeadBuffer {
  /** Offset in the chunk of the first byte behind the head; valid after `take` returned one. */
  next = 0
  /** Set when `take` returned undefined because the bytes cannot become a valid head. */
  fault: HeadFault | undefined = undefined
  readonly #maxBytes: number
  readonly #mayStartEmpty: boolean
  #kept: Buffer | undefined = undefined
  #length = 0
  #skippedEmptyLine: boolean

  /**
   * @param maxBytes most bytes of a head, its start line included.
   * @param emptyLine whether one empty line may come before it: yes for requests, no for responses.
   */
  constructor(maxBytes: number, emptyLine: boolean) {
    this.#maxBytes = maxBytes
    this.#mayStartEmpty = emptyLine
    this.#skippedEmptyLine = !emptyLine
  }

  /** Whether bytes of an unfinished head are kept. */
  get started(): boolean {
    return this.#length > 0
  }

  /**
   * Takes `chunk[start, stop)`.
   * @returns the head: all its lines, each with its CRLF, without the empty line (the text is not cut there, which would
   *          make every later access to a character slower). Good until any other `take`. `undefined` while the head is
   *          not complete, or when `fault` is set.
   */
  take(chunk: Buffer, start: number, stop: number): HeadText | undefined {
    if (this.#length > 0) return this.#takeMore(chunk, start, stop)
    start = this.#skipEmptyLine(chunk, start, stop)
    let looked = Math.min(stop, start + FIRST_LOOK)
    let text = chunk.toString('latin1', start, looked)
    let end = text.indexOf(END)
    if (end < 0 && looked < stop) {
      looked = Math.min(stop, start + this.#maxBytes + END.length)
      text = chunk.toString('latin1', start, looked)
      end = text.indexOf(END)
    }
    if (end < 0 || end > this.#maxBytes) return this.#takeMore(chunk, start, stop)
    this.next = start + end + END.length
    this.#skippedEmptyLine = !this.#mayStartEmpty
    found.text = text
    found.bytes = chunk
    found.shift = start
    found.length = end + 2
    return found
  }

  /** One empty line before a request line is passed over (RFC 9112 section 2.2); a second one is refused later. */
  #skipEmptyLine(chunk: Buffer, start: number, stop: number): number {
    if (this.#skippedEmptyLine || start + 2 > stop || chunk[start] !== CR || chunk[start + 1] !== LF) return start
    this.#skippedEmptyLine = true
    return start + 2
  }

  #takeMore(chunk: Buffer, start: number, stop: number): HeadText | undefined {
    if (start === stop) return undefined
    let before = this.#length
    this.#keep(chunk, start, stop)
    if (!this.#skippedEmptyLine && this.#length >= 2 && this.#kept![0] === CR && this.#kept![1] === LF) {
      this.#dropEmptyLine()
      before -= 2
    }
    const from = Math.max(0, before - END.length)
    const end = this.#kept!.subarray(0, this.#length).indexOf(END, from, 'latin1')
    if (end < 0 || end > this.#maxBytes) {
      this.fault = this.#hopeless(from)
      return undefined
    }
    this.next = start + end + END.length - before
    found.length = end + 2
    found.text = this.#kept!.toString('latin1', 0, found.length)
    found.bytes = this.#kept!
    found.shift = 0
    this.reset()
    return found
  }

  #dropEmptyLine(): void {
    this.#skippedEmptyLine = true
    this.#kept!.copyWithin(0, 2, this.#length)
    this.#length -= 2
  }

  reset(): void {
    this.#kept = undefined
    this.#length = 0
    this.#skippedEmptyLine = !this.#mayStartEmpty
  }

  #keep(chunk: Buffer, start: number, stop: number): void {
    const room = this.#maxBytes + 2 * END.length - this.#length
    const taken = Math.min(stop - start, Math.max(0, room))
    const needed = this.#length + taken
    if (this.#kept === undefined || this.#kept.length < needed) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#length, 256))
      this.#kept?.copy(larger, 0, 0, this.#length)
      this.#kept = larger
    }
    chunk.copy(this.#kept, this.#length, start, start + taken)
    this.#length = needed
  }

  /** Refuses early what no further byte can mend, so that a broken client is not kept waiting for a timeout. */
  #hopeless(from: number): HeadFault | undefined {
    const kept = this.#kept!
    const first = kept[0]!
    if (this.#length > 0 && TOKEN[first] === 0 && !(first === CR && this.#length === 1 && !this.#skippedEmptyLine)) {
      return 'bad-request-line'
    }
    for (let i = from; i < this.#length; i++) {
      const code = kept[i]!
      if (code === LF && (i === 0 || kept[i - 1] !== CR)) return this.#blame(i)
      if (code === CR && i + 1 < this.#length && kept[i + 1] !== LF) return this.#blame(i)
      if (code === SP && i >= 2 && kept[i - 1] === LF) return 'bad-field'
    }
    // Up to that many bytes the empty line may still come in time: a head of exactly the limit is not refused early.
    if (this.#length >= this.#maxBytes + END.length)
      return kept.subarray(0, this.#length).includes(LF) ? 'header-too-large' : 'request-line-too-long'
    return undefined
  }

  /** Whose fault a bad byte is: the first line's or a field's. */
  #blame(at: number): HeadFault {
    return this.#kept!.subarray(0, at).includes(LF) ? 'bad-field' : 'bad-request-line'
  }
}
