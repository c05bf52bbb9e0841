/**
 * Cuts what a socket delivers into frames, without an object per frame: the head of the frame under way is in fields, a
 * payload that lies whole in the bytes is handed on where it lies. DATA is handed on piece by piece as it comes, since
 * nobody has to wait for the end of it; only other payloads that are cut in two are put together, in one small buffer.
 */
import type { Violation } from './errors.ts'
import { FLAG, FRAME, FRAME_HEAD_BYTES } from './frames.ts'

/** Takes what frames say. Each answer decides how reading goes on. */
export interface FrameSink {
  /** The connection is over: nothing is read from here on. */
  readonly stopped: boolean
  /** The head of a frame is in the reader. @returns whether the payload is to be read, or only passed over. */
  head(frame: FrameReader): boolean
  /** Some of the payload of DATA, without padding. */
  data(bytes: Buffer, start: number, end: number): void
  /** All of it has come. */
  dataEnd(frame: FrameReader): void
  /** The whole payload of any other frame. */
  payload(frame: FrameReader, bytes: Buffer, start: number, end: number): void
  /** The frame cannot be read, nor what follows it. */
  unreadable(violation: Violation): void
}

const NOTHING = Buffer.alloc(0)

export class FrameReader {
  type = 0
  flags = 0
  stream = 0
  /** Of the payload, padding and all. */
  length = 0

  #sink: FrameSink
  readonly #head = Buffer.alloc(FRAME_HEAD_BYTES)
  #headBytes = 0
  /** Bytes of the payload, and of the padding behind it, that are still to come. */
  #left = 0
  #padding = 0
  #wantsPadLength = false
  #skips = false
  /** The part of a payload that has come. */
  #partial: Buffer = NOTHING
  #partialBytes = 0

  constructor(sink: FrameSink) {
    this.#sink = sink
  }

  /** Whether a frame has begun that has not ended. */
  get isInFrame(): boolean {
    return this.#headBytes > 0
  }

  /** Between frames it may go on with another connection. */
  serve(sink: FrameSink): void {
    this.#sink = sink
  }

  take(bytes: Buffer, start: number, end: number): void {
    let at = start
    while (at < end && !this.#sink.stopped) {
      at = this.#headBytes < FRAME_HEAD_BYTES ? this.#takeHead(bytes, at, end) : this.#takePayload(bytes, at, end)
    }
  }

  #takeHead(bytes: Buffer, at: number, end: number): number {
    if (this.#headBytes === 0 && end - at >= FRAME_HEAD_BYTES) {
      this.#begin(bytes, at)
      return at + FRAME_HEAD_BYTES
    }
    const count = Math.min(FRAME_HEAD_BYTES - this.#headBytes, end - at)
    bytes.copy(this.#head, this.#headBytes, at, at + count)
    this.#headBytes += count
    if (this.#headBytes === FRAME_HEAD_BYTES) this.#begin(this.#head, 0)
    return at + count
  }

  #begin(head: Buffer, at: number): void {
    this.#headBytes = FRAME_HEAD_BYTES
    this.length = (head[at]! << 16) | (head[at + 1]! << 8) | head[at + 2]!
    this.type = head[at + 3]!
    this.flags = head[at + 4]!
    this.stream = ((head[at + 5]! & 0x7f) << 24) | (head[at + 6]! << 16) | (head[at + 7]! << 8) | head[at + 8]!
    this.#left = this.length
    this.#padding = 0
    this.#skips = !this.#sink.head(this)
    if (this.#sink.stopped) return
    this.#wantsPadLength = !this.#skips && this.type === FRAME.data && (this.flags & FLAG.padded) !== 0
    if (this.#wantsPadLength && this.length === 0) this.#refuse('frame-length')
    else if (this.length === 0) this.#finish(NOTHING, 0)
  }

  #takePayload(bytes: Buffer, at: number, end: number): number {
    if (this.#wantsPadLength) return this.#takePadLength(bytes[at]!, at)
    const count = Math.min(this.#left, end - at)
    if (this.#skips || this.type === FRAME.data) return this.#takeData(bytes, at, end)
    if (this.#partialBytes === 0 && count === this.#left) this.#finish(bytes, at)
    else this.#keep(bytes, at, at + count)
    return at + count
  }

  /** Section 6.1: padding as long as the payload or longer is an error. */
  #takePadLength(padding: number, at: number): number {
    this.#wantsPadLength = false
    if (padding >= this.length) {
      this.#refuse('bad-padding')
      return at
    }
    this.#padding = padding
    this.#left = this.length - 1 - padding
    if (this.#left === 0 && padding === 0) this.#finish(NOTHING, 0)
    return at + 1
  }

  #takeData(bytes: Buffer, at: number, end: number): number {
    const count = Math.min(this.#left, end - at)
    if (count > 0) {
      this.#left -= count
      if (!this.#skips) this.#sink.data(bytes, at, at + count)
    }
    const padding = Math.min(this.#padding, end - at - count)
    this.#padding -= padding
    if (this.#left === 0 && this.#padding === 0 && !this.#sink.stopped) this.#finish(NOTHING, 0)
    return at + count + padding
  }

  #keep(bytes: Buffer, start: number, end: number): void {
    if (this.#partial.length < this.length) this.#partial = Buffer.allocUnsafeSlow(this.length)
    bytes.copy(this.#partial, this.#partialBytes, start, end)
    this.#partialBytes += end - start
    this.#left -= end - start
    if (this.#left > 0) return
    const whole = this.#partial
    this.#partial = NOTHING
    this.#partialBytes = 0
    this.#finish(whole, 0)
  }

  /** The next frame may begin; only then is this one told of. */
  #finish(bytes: Buffer, at: number): void {
    this.#headBytes = 0
    this.#left = 0
    if (this.#skips) return
    if (this.type === FRAME.data) this.#sink.dataEnd(this)
    else this.#sink.payload(this, bytes, at, at + this.length)
  }

  #refuse(violation: Violation): void {
    this.#sink.unreadable(violation)
  }
}
