/**
 * Bodies that come in: their windows, their lengths, and the credit that is given back as they are consumed. What is not
 * consumed is bounded by the windows, whatever the peer does (RFC 9113 section 5.2).
 */
import type { Violation } from './errors.ts'
import { writeWindowUpdate } from './frames.ts'
import { type ConnectionLimits, DEFAULT_WINDOW } from './limits.ts'
import type { Stream } from './stream.ts'
import type { WriteBuffer } from './write-buffer.ts'

export class Receiving {
  readonly #out: WriteBuffer
  readonly #streamWindow: number
  readonly #connectionWindow: number
  /** Bytes the peer may still send on all streams together. */
  #window = DEFAULT_WINDOW
  /** Consumed bytes that it has not been told of. */
  #credit = 0

  constructor(out: WriteBuffer, { streamWindow, connectionWindow }: ConnectionLimits) {
    this.#out = out
    this.#streamWindow = streamWindow
    this.#connectionWindow = connectionWindow
  }

  /** Opens the window of the connection, which has no setting. */
  open(): void {
    const more = this.#connectionWindow - DEFAULT_WINDOW
    if (more === 0) return
    this.#window += more
    writeWindowUpdate(this.#out, 0, more)
  }

  /** A DATA frame begins; padding counts, too (section 6.9.1). */
  begin(stream: Stream | undefined, length: number): Violation | undefined {
    this.#window -= length
    if (this.#window < 0) return 'connection-window-exceeded'
    if (stream === undefined) return undefined
    stream.receiveWindow -= length
    // Counted before it is judged: closing the stream gives it back.
    stream.unconsumed += length
    if (stream.receiveWindow < 0) return 'window-exceeded'
    return undefined
  }

  /** Bytes that nobody will consume: those on streams that are gone. */
  dropped(length: number): void {
    this.#credit += length
    if (this.#credit < this.#connectionWindow >>> 1) return
    writeWindowUpdate(this.#out, 0, this.#credit)
    this.#window += this.#credit
    this.#credit = 0
  }

  /** The peer may send that much more, and is told so when it is worth a frame. */
  consumed(stream: Stream, length: number): void {
    const taken = Math.min(length, stream.unconsumed)
    stream.unconsumed -= taken
    this.dropped(taken)
    if (stream.receivedEnd) return
    stream.credit += taken
    if (stream.credit < this.#streamWindow >>> 1) return
    writeWindowUpdate(this.#out, stream.id, stream.credit)
    stream.receiveWindow += stream.credit
    stream.credit = 0
  }

  /** The stream is gone: whatever it holds counts as consumed. */
  release(stream: Stream): void {
    this.dropped(stream.unconsumed)
    stream.unconsumed = 0
  }
}
