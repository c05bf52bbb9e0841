/**
 * DATA (RFC 9113 section 6.1): bodies go to their sinks as they come. Every byte, padding and all, is counted into the
 * windows, and out of them again, whatever becomes of its stream.
 */
import type { HeaderList } from '../headers.ts'
import type { ControlFrames } from './control-frames.ts'
import { VIOLATIONS, type Violation } from './errors.ts'
import type { FrameReader } from './frame-reader.ts'
import { FLAG } from './frames.ts'
import type { Receiving } from './receiving.ts'
import type { Stream, StreamSink } from './stream.ts'
import type { StreamTable } from './stream-table.ts'

export interface DataFramesOwner<Sink extends StreamSink> {
  readonly receiving: Receiving
  readonly streams: StreamTable<Sink>
  readonly control: ControlFrames<Sink>
  fail(violation: Violation, detail: string): void
  failStream(stream: Stream<Sink>, violation: Violation, detail: string): void
  rejectStream(id: number, violation: Violation, detail: string): void
  receivedEnd(stream: Stream<Sink>, trailers: HeaderList | undefined): void
}

export class DataFrames<Sink extends StreamSink> {
  readonly #owner: DataFramesOwner<Sink>
  #stream: Stream<Sink> | undefined = undefined
  /** Bytes of the frame that were body. */
  #bodyBytes = 0

  constructor(owner: DataFramesOwner<Sink>) {
    this.#owner = owner
  }

  /** @returns whether the payload is wanted. */
  head({ stream: id, length }: FrameReader): boolean {
    const { streams, receiving } = this.#owner
    const state = streams.stateOf(id)
    const live = typeof state === 'string' ? undefined : state
    const fault = state === 'idle' ? 'idle-stream' : receiving.begin(live, length)
    if (fault !== undefined && VIOLATIONS[fault].ends === 'connection') this.#owner.fail(fault, `DATA on stream ${id}`)
    else if (live === undefined) this.#late(id, length, state === 'reset-here')
    else if (fault !== undefined) this.#owner.failStream(live, fault, 'DATA')
    else if (live.receivedEnd) this.#owner.failStream(live, 'half-closed-stream', 'DATA')
    else if (!live.headReceived) this.#owner.failStream(live, 'data-before-head', '')
    else {
      this.#stream = live
      this.#bodyBytes = 0
      return true
    }
    return false
  }

  data(bytes: Buffer, start: number, end: number): void {
    const stream = this.#stream!
    if (stream.closed) return
    this.#bodyBytes += end - start
    if (stream.bodyless || (stream.expected >= 0 && stream.expected < end - start)) {
      return this.#owner.failStream(stream, 'body-length', 'more than content-length says')
    }
    if (stream.expected > 0) stream.expected -= end - start
    stream.sink?.data(bytes, start, end)
  }

  end({ flags, length }: FrameReader): void {
    const stream = this.#stream!
    if (stream.closed) return
    // Padding is consumed as it comes.
    this.#owner.receiving.consumed(stream, length - this.#bodyBytes)
    if ((flags & FLAG.endStream) !== 0) this.#owner.receivedEnd(stream, undefined)
    else if (this.#bodyBytes === 0) this.#owner.control.spend(1)
  }

  /** What was under way when we reset the stream is dropped; it counts for the connection's window all the same. */
  #late(id: number, length: number, resetHere: boolean): void {
    this.#owner.receiving.dropped(length)
    if (!resetHere) this.#owner.rejectStream(id, 'closed-stream', 'DATA')
    else if (length === 0) this.#owner.control.spend(1)
  }
}
