/**
 * Decodes chunked bodies (RFC 9112 section 7.1), as a state machine that may be stopped between any two bytes.
 * Strict: CRLF alone, sizes of at most 2^48 bytes, extensions checked and dropped, their bytes and
 * those of the trailers bounded for the whole message (CVE-2024-22019).
 */
import type { HeaderList } from '../headers.ts'
import type { BodySink } from '../sides.ts'
import { CR, HEX, HTAB, LF, SP, TOKEN } from './chars.ts'
import { scanFields } from './fields.ts'
import { headText } from './head-text.ts'

const SIZE = 0
const EXTENSION = 1
const SIZE_LF = 2
const DATA = 3
const DATA_CR = 4
const DATA_LF = 5
const TRAILER = 6
const DONE = 7

const SEMICOLON = 0x3b
const CRLF = 0x0d0a
const CRLF_CRLF = 0x0d0a0d0a
/** Digits of a size line, leading zeros included, and the largest size in bytes. */
const MAX_SIZE_DIGITS = 64
const MAX_SIZE = 2 ** 48
/** Extensions of one chunk, and size lines with extensions in one message. */
const MAX_EXTENSION = 1024
const MAX_EXTENSIONS = 16 * 1024

/** `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`, without the line end. */
const EXTENSIONS =
  /^(?:[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"))?)*$/

export interface TrailerLimits {
  readonly headerBytes: number
  readonly headerFields: number
}

export class ChunkedDecoder {
  /** Set when `read` returned -1. */
  fault: 'bad-chunk' | 'header-too-large' = 'bad-chunk'
  #state = SIZE
  #remaining = 0
  #digits = 0
  #text = ''
  /** The last four bytes of the trailer section, so that its end is seen without searching the text. */
  #tail = 0
  #extensionBytes = 0
  #paused = false
  readonly #limits: TrailerLimits

  constructor(limits: TrailerLimits) {
    this.#limits = limits
  }

  get done(): boolean {
    return this.#state === DONE
  }

  /** Whether the sink refused more during the last `read`. */
  get paused(): boolean {
    return this.#paused
  }

  /**
   * Decodes `buffer[at, end)` into the sink.
   * @returns the offset behind the last byte used (short of `end` only once the body is complete), -1 on a fault.
   */
  read(buffer: Buffer, at: number, end: number, sink: BodySink): number {
    this.#paused = false
    while (at < end) {
      if (this.#state === DATA) {
        const stop = Math.min(end, at + this.#remaining)
        if (!sink.data(buffer, at, stop)) this.#paused = true
        this.#remaining -= stop - at
        at = stop
        if (this.#remaining === 0) this.#state = DATA_CR
        continue
      }
      if (!this.#step(buffer[at++]!)) return -1
      if (this.#state !== DONE) continue
      const trailers = this.#trailers()
      if (trailers === null) return -1
      sink.end(trailers)
      return at
    }
    return at
  }

  /** One byte of framing. */
  #step(code: number): boolean {
    switch (this.#state) {
      case SIZE:
        return this.#size(code)
      case EXTENSION:
        return this.#extension(code)
      case SIZE_LF:
        return code === LF && this.#startChunk()
      case DATA_CR:
        this.#state = DATA_LF
        return code === CR
      case DATA_LF:
        this.#state = SIZE
        return code === LF
      default:
        return this.#trailerByte(code)
    }
  }

  #size(code: number): boolean {
    const digit = HEX[code]! - 1
    if (digit >= 0) {
      this.#remaining = this.#remaining * 16 + digit
      return ++this.#digits <= MAX_SIZE_DIGITS && this.#remaining <= MAX_SIZE
    }
    if (this.#digits === 0) return false
    if (code === CR) {
      this.#state = SIZE_LF
      return true
    }
    this.#state = EXTENSION
    return this.#extension(code)
  }

  #extension(code: number): boolean {
    if (code === CR) {
      this.#state = SIZE_LF
      // White space alone, with no extension behind it, is in no grammar.
      return this.#text.includes(';') && EXTENSIONS.test(this.#text)
    }
    if (this.#text === '' && code !== SEMICOLON && code !== SP && code !== HTAB) return false
    if (code === LF) return false
    this.#text += String.fromCharCode(code)
    return this.#text.length <= MAX_EXTENSION && ++this.#extensionBytes <= MAX_EXTENSIONS
  }

  #startChunk(): boolean {
    this.#text = ''
    this.#digits = 0
    this.#tail = CRLF
    this.#state = this.#remaining === 0 ? TRAILER : DATA
    return true
  }

  #trailerByte(code: number): boolean {
    const before = this.#tail
    const lineStart = this.#text.length === 0 || (before & 0xff) === LF
    if (lineStart && code !== CR && TOKEN[code] === 0) return false
    if (((before & 0xff) === CR) !== (code === LF)) return false
    this.#text += String.fromCharCode(code)
    this.#tail = ((before << 8) | code) >>> 0
    if (this.#text.length > this.#limits.headerBytes) {
      this.fault = 'header-too-large'
      return false
    }
    if (this.#tail === CRLF_CRLF) this.#state = DONE
    return true
  }

  #trailers(): HeaderList | undefined | null {
    if (this.#text === '\r\n') return undefined
    const fields = scanFields(headText(this.#text, this.#text.length - 2), 0, this.#limits.headerFields)
    if (typeof fields !== 'string') return fields
    this.fault = fields === 'header-too-large' ? fields : 'bad-chunk'
    return null
  }
}
