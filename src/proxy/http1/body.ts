/** Reads the body of one message out of a connection's bytes, whatever its framing, into a sink. */
import type { BodySink } from '../sides.ts'
import { ChunkedDecoder, type TrailerLimits } from './chunked.ts'
import { type BodyLength, CHUNKED, UNTIL_CLOSE } from './framing.ts'

export type BodyFault = 'bad-chunk' | 'header-too-large'

export class BodyReader {
  done = true
  fault: BodyFault | undefined = undefined
  /** Whether the sink refused more during the last `read`. */
  paused = false
  #remaining = 0
  #chunked: ChunkedDecoder | undefined = undefined

  constructor(length: BodyLength, limits: TrailerLimits) {
    this.reset(length, limits)
  }

  /** Starts on another body. */
  reset(length: BodyLength, limits: TrailerLimits): void {
    this.fault = undefined
    this.paused = false
    this.#remaining = length === UNTIL_CLOSE ? Number.POSITIVE_INFINITY : length
    this.#chunked = length === CHUNKED ? new ChunkedDecoder(limits) : undefined
    this.done = length === 0
  }

  /** Whether the end of the connection is the end of this body rather than a truncation. */
  get endsWithConnection(): boolean {
    return this.#remaining === Number.POSITIVE_INFINITY
  }

  /**
   * Feeds `buffer[at, end)`.
   * @returns the offset behind the last byte that belongs to the body; -1 with `fault` set.
   */
  read(buffer: Buffer, at: number, end: number, sink: BodySink): number {
    this.paused = false
    if (this.#chunked !== undefined) return this.#readChunked(this.#chunked, { buffer, at, end }, sink)
    const stop = Math.min(end, at + this.#remaining)
    this.#remaining -= stop - at
    if (stop > at) this.paused = !sink.data(buffer, at, stop)
    if (this.#remaining === 0) {
      this.done = true
      sink.end(undefined)
    }
    return stop
  }

  #readChunked(decoder: ChunkedDecoder, range: { buffer: Buffer; at: number; end: number }, sink: BodySink): number {
    const next = decoder.read(range.buffer, range.at, range.end, sink)
    this.paused = decoder.paused
    this.done = decoder.done
    if (next < 0) this.fault = decoder.fault
    return next
  }
}
