/**
 * All that a connection sends on its streams: heads, bodies within the windows, trailers. Nothing is kept here but what
 * is already framed; a body that does not fit stays with its giver until the stream is `writable`.
 */
import type { HeaderList } from '../headers.ts'
import {
  closeHeaderBlock,
  FLAG,
  FRAME_HEAD_BYTES,
  MAX_FRAME_BYTES,
  MAX_WINDOW,
  writeData,
  writeRstStream,
} from './frames.ts'
import { HpackEncoder } from './hpack/encoder.ts'
import { DEFAULT_WINDOW } from './limits.ts'
import { ReadyStreams } from './ready-streams.ts'
import type { PeerSettings } from './settings.ts'
import type { Stream } from './stream.ts'
import { WriteBuffer } from './write-buffer.ts'

/** The pseudo-fields of a head; the value of a path hardly comes again. */
export type PseudoFields = readonly (readonly [name: string, value: string])[]

/** Asked before a body takes room from others, and told when a half is complete. */
const NOTHING = Buffer.alloc(0)
/** Where the flags stand in the head of a frame (RFC 9113 section 4.1). */
const FLAGS_AT = 4

export interface SendingOwner {
  /** The peer has been sent the end of its stream's other half. */
  sentEnd(stream: Stream): void
  resume(stream: Stream): void
}

export class Sending {
  readonly out = new WriteBuffer()
  readonly encoder = new HpackEncoder(this.out)
  /** How many pieces of bodies were sent. */
  pieces = 0
  readonly #owner: SendingOwner
  readonly #mostOutput: number
  /** From the first stream on that has to wait. */
  #ready: ReadyStreams | undefined = undefined
  #window = DEFAULT_WINDOW
  /** Largest frame that the peer takes, and no larger than the usual, so that streams take turns. */
  #maxFrame = MAX_FRAME_BYTES
  #blockStart = 0
  /** The frame that was written last, as long as it may be told that it ends its stream; 0 for no stream. */
  #lastStream = 0
  #lastStart = 0
  #lastEnd = 0

  constructor(owner: SendingOwner, mostOutput: number) {
    this.#owner = owner
    this.#mostOutput = mostOutput
  }

  /** Streams that wait. */
  get ready(): ReadyStreams {
    this.#ready ??= new ReadyStreams()
    return this.#ready
  }

  /** Of the connection. */
  get window(): number {
    return this.#window
  }

  /** Whether so much waits to be written that the peer has to take some of it first. */
  get isFull(): boolean {
    return this.out.length >= this.#mostOutput
  }

  /** @returns false where a window grew beyond 2^31-1 (section 6.9.1). */
  grow(increment: number): boolean {
    this.#window += increment
    return this.#window <= MAX_WINDOW
  }

  /** Begins a header block; fields are encoded, then `closeBlock`. */
  openBlock(): void {
    this.#blockStart = this.out.length
    this.out.reserve(FRAME_HEAD_BYTES)
    this.out.length += FRAME_HEAD_BYTES
    this.encoder.begin()
  }

  closeBlock(stream: Stream, end: boolean): void {
    const frame = { start: this.#blockStart, stream: stream.id, endStream: end, most: this.#maxFrame }
    closeHeaderBlock(this.out, frame)
    this.#remember(stream, this.#blockStart)
    if (end) this.#end(stream)
  }

  /** Ends a stream without trailers: by the last frame itself where it is still here and the stream's. */
  end(stream: Stream): void {
    const { out } = this
    const isLast = this.#lastStream === stream.id && this.#lastEnd === out.length && out.length > 0
    if (isLast) out.bytes[this.#lastStart + FLAGS_AT]! |= FLAG.endStream
    else writeData(out, stream.id, NOTHING, 0, 0, true)
    this.#end(stream)
  }

  trailers(stream: Stream, fields: HeaderList): void {
    this.openBlock()
    this.encoder.fields(fields, undefined)
    this.closeBlock(stream, true)
  }

  /**
   * Sends as much of `bytes[start, end)` as windows and output allow, which is copied.
   * @param last nothing follows; told to the peer once all of it went.
   * @returns how much that was; where it was not all of it, the stream is told when there is room again.
   */
  data(stream: Stream, bytes: Buffer, start: number, end: number, last: boolean): number {
    let at = start
    let room = Math.min(this.#roomFor(stream), end - start)
    while (room > 0) {
      const size = Math.min(room, this.#maxFrame)
      room -= size
      const ends = last && at + size === end
      this.#remember(stream, this.out.length)
      writeData(this.out, stream.id, bytes, at, at + size, ends)
      this.#lastEnd = this.out.length
      at += size
      stream.sendWindow -= size
      this.#window -= size
      if (ends) this.#end(stream)
    }
    if (at > start) {
      stream.blockedSince = -1
      this.pieces++
    }
    if (at < end) this.ready.add(stream)
    else if (last && start === end) this.end(stream)
    return at - start
  }

  reset(stream: Stream, code: number): void {
    if (stream.queued) this.ready.delete(stream)
    writeRstStream(this.out, stream.id, code)
  }

  /** The output was written. @param taken see `WriteBuffer.written`. */
  written(taken: boolean): void {
    this.#lastStream = 0
    this.out.written(taken)
  }

  /** Windows grew, or the output was taken: whoever waits may go on, in order. */
  resume(): void {
    if (this.#ready === undefined || this.#ready.count === 0) return
    this.#ready.run(
      () => this.#window > 0 && !this.isFull,
      (stream) => this.#owner.resume(stream),
    )
  }

  /** Applies what the peer has set. @returns false where a window grew beyond 2^31-1 (section 6.9.2). */
  apply(settings: PeerSettings, streams: Iterable<Stream>, windowBefore: number): boolean {
    this.encoder.resize(settings.headerTableSize)
    this.#maxFrame = Math.min(settings.maxFrameSize, MAX_FRAME_BYTES)
    const change = settings.initialWindowSize - windowBefore
    if (change === 0) return true
    for (const stream of streams) {
      stream.sendWindow += change
      if (stream.sendWindow > MAX_WINDOW) return false
    }
    return true
  }

  #remember({ id }: Stream, start: number): void {
    this.#lastStream = id
    this.#lastStart = start
    this.#lastEnd = this.out.length
  }

  #roomFor(stream: Stream): number {
    const room = Math.min(stream.sendWindow, this.#window, this.#mostOutput - this.out.length)
    return stream.priority.incremental && this.#ready?.hasOthers(stream) ? Math.min(room, this.#maxFrame) : room
  }

  #end(stream: Stream): void {
    if (stream.queued) this.ready.delete(stream)
    stream.sentEnd = true
    this.#owner.sentEnd(stream)
  }
}
