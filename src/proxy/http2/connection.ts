/**
 * One HTTP/2 connection without its socket (RFC 9113): bytes go in by `receive`, what is to be sent gathers in one
 * buffer, time is an argument. Both sides share this; what a server and a client do differently is in their files.
 *
 * What must stay true: a header block is decoded whatever becomes of its stream; every byte of DATA is counted into the
 * windows and out again; after a violation that ends the connection nothing is read any more and every sink has heard.
 */
import type { HeaderList } from '../headers.ts'
import { Budget } from './budget.ts'
import { ControlFrames, type ControlOwner } from './control-frames.ts'
import { DataFrames, type DataFramesOwner } from './data-frames.ts'
import { codeOf, ERROR_CODES, VIOLATIONS, type Violation } from './errors.ts'
import type { FieldBlock } from './field-block.ts'
import type { FrameReader, FrameSink } from './frame-reader.ts'
import { readFrames } from './frame-readers.ts'
import { FRAME, frameFault, orderFault, writeGoaway, writeRstStream, writeSettings } from './frames.ts'
import {
  type HeaderBlock,
  type HeaderFramesOwner,
  type OpenBlock,
  takeContinuation,
  takeHeaders,
} from './header-frames.ts'
import { HpackDecoder } from './hpack/decoder.ts'
import { Lifetime, type LifetimeOwner } from './lifetime.ts'
import { type ConnectionLimits, type ConnectionSpec, checkLimits } from './limits.ts'
import { Receiving } from './receiving.ts'
import { Sending, type SendingOwner } from './sending.ts'
import { PeerSettings, type Setting } from './settings.ts'
import type { Stream, StreamSink } from './stream.ts'
import { StreamTable } from './stream-table.ts'

export abstract class Connection<Sink extends StreamSink>
  implements FrameSink, SendingOwner, ControlOwner<Sink>, HeaderFramesOwner, DataFramesOwner<Sink>, LifetimeOwner<Sink>
{
  readonly spec: ConnectionSpec
  readonly isServer: boolean
  readonly peer: PeerSettings
  readonly sending: Sending
  readonly receiving: Receiving
  readonly streams: StreamTable<Sink>
  readonly decoder = new HpackDecoder()
  openBlock: OpenBlock | undefined = undefined
  readonly control: ControlFrames<Sink>
  readonly lifetime: Lifetime<Sink>
  /** Of a frame that has begun. */
  #reader: FrameReader | undefined = undefined
  readonly #data: DataFrames<Sink>
  /** Monotonic milliseconds of the last bytes. */
  now: number
  /** Why the connection is over. */
  violation: Violation | undefined = undefined
  /** Nothing is read any more. */
  stopped = false
  /** From the first reset on: most connections never see one. */
  #resets: Budget | undefined = undefined

  constructor(spec: ConnectionSpec, isServer: boolean, now: number) {
    checkLimits(spec.limits)
    this.spec = spec
    this.isServer = isServer
    this.now = now
    this.peer = new PeerSettings(!isServer)
    this.sending = new Sending(this, spec.limits.outputBytes)
    this.receiving = new Receiving(this.sending.out, spec.limits)
    this.streams = new StreamTable<Sink>(this.sending, this.receiving)
    this.control = new ControlFrames<Sink>(this)
    this.#data = new DataFrames<Sink>(this)
    this.lifetime = new Lifetime<Sink>(this, spec.timeouts, now)
  }

  /** A header block came, for a live stream that may still get one. */
  protected abstract block(stream: Stream<Sink>, block: FieldBlock, ended: boolean): void

  /** A header block came for a stream that is not there. */
  protected abstract newBlock(id: number, block: FieldBlock, ended: boolean): void

  /** For counting and logging. */
  protected abstract violated(violation: Violation, detail: string): void

  /** The peer takes no streams above that one any more. */
  abstract peerLeaves(lastStream: number, code: number): void

  get limits(): ConnectionLimits {
    return this.spec.limits
  }

  /** Our SETTINGS, the first frame on the connection (section 3.4). */
  protected start(settings: readonly Setting[]): void {
    writeSettings(this.sending.out, settings)
    this.receiving.open()
  }

  /** Bytes of the peer. A sink that throws ends the connection, and the error goes on to the caller. */
  receive(bytes: Buffer, start: number, end: number, now: number): void {
    this.now = now
    try {
      this.#reader = readFrames(this.#reader, this, bytes, start, end)
    } catch (error) {
      this.fail('internal-error', String(error))
      throw error
    }
  }

  head(frame: FrameReader): boolean {
    const { type, stream, length } = frame
    const fault =
      orderFault(frame, this.openBlock?.beginning.stream ?? 0, this.peer.hasCome) ?? frameFault(type, length, stream)
    if (fault === 'priority-length') this.rejectStream(stream, fault, '')
    else if (fault !== undefined) this.fail(fault, `type ${type}, ${length} bytes, stream ${stream}`)
    if (fault !== undefined) return false
    if (type === FRAME.data) return this.#data.head(frame)
    if (type !== FRAME.headers && type !== FRAME.continuation) return this.control.head(frame)
    return length > 0 || this.control.spend(1)
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.#data.data(bytes, start, end)
  }

  dataEnd(frame: FrameReader): void {
    this.#data.end(frame)
  }

  payload(frame: FrameReader, bytes: Buffer, start: number, end: number): void {
    if (frame.type === FRAME.headers) takeHeaders(this, frame, bytes, start, end)
    else if (frame.type === FRAME.continuation) takeContinuation(this, frame, bytes, start, end)
    else this.control.payload(frame, bytes, start, end)
  }

  unreadable(violation: Violation): void {
    this.fail(violation, '')
  }

  headerBlock({ stream: id, fields, endStream, dependsOnItself }: HeaderBlock): void {
    const stream = this.streams.live(id)
    if (dependsOnItself) {
      if (stream === undefined && this.streams.isIdle(id)) this.streams.refuse(id)
      this.rejectStream(id, 'own-dependency', 'HEADERS')
    } else if (stream === undefined) this.newBlock(id, fields, endStream)
    else if (stream.receivedEnd) this.failStream(stream, 'half-closed-stream', 'HEADERS')
    else this.block(stream, fields, endStream)
  }

  /** The peer's half of a stream is complete. */
  receivedEnd(stream: Stream<Sink>, trailers: HeaderList | undefined): void {
    if (stream.expected > 0) return this.failStream(stream, 'body-length', 'less than content-length says')
    stream.receivedEnd = true
    stream.sink?.end(trailers)
    if (stream.sentEnd) this.finish(stream)
  }

  sentEnd(stream: Stream<Sink>): void {
    if (stream.receivedEnd) this.finish(stream)
  }

  /** A sink that throws here ends the connection as well: the others must not wait for it. */
  resume(stream: Stream<Sink>): void {
    try {
      stream.sink?.writable()
    } catch (error) {
      this.fail('internal-error', String(error))
      throw error
    }
  }

  /** Ends a stream for a reason of our own; its sink hears nothing more. */
  reset(stream: Stream<Sink>, code: number): void {
    if (stream.closed) return
    this.sending.reset(stream, code)
    this.streams.close(stream, true)
  }

  /** A cancelled request costs what a served one does: only so many are free (CVE-2023-44487). */
  peerReset(stream: Stream<Sink>, code: number): void {
    const wasAnswered = stream.receivedEnd && code === ERROR_CODES.NO_ERROR
    this.streams.close(stream, false)
    stream.sink?.reset(code, undefined)
    // Section 8.1: a server that has answered may say that it wants no more of the request.
    if (!wasAnswered || this.isServer) this.#spendReset()
  }

  /** Ends a stream for what the peer did. Provoked resets are work for us like any others, and count. */
  failStream(stream: Stream<Sink>, violation: Violation, detail: string): void {
    if (VIOLATIONS[violation].ends === 'connection') return this.fail(violation, detail)
    if (stream.closed) return
    this.reset(stream, codeOf(violation))
    this.violated(violation, detail)
    stream.sink?.reset(codeOf(violation), violation)
    this.#spendReset()
  }

  /** The same for a stream that is not there, or not yet. */
  rejectStream(id: number, violation: Violation, detail: string): void {
    const stream = this.streams.live(id)
    if (stream !== undefined) return this.failStream(stream, violation, detail)
    if (!this.streams.isIdle(id)) this.streams.refuse(id)
    writeRstStream(this.sending.out, id, codeOf(violation))
    this.violated(violation, detail)
    this.#spendReset()
  }

  /** Ends the connection (section 5.4.1). What is in the buffer is still worth sending, then the socket closes. */
  fail(violation: Violation, detail: string): void {
    if (this.violation !== undefined) return
    this.violation = violation
    this.stopped = true
    writeGoaway(this.sending.out, this.lifetime.lastServed, codeOf(violation), violation)
    this.violated(violation, detail)
    this.abandon(codeOf(violation), violation)
  }

  /** The connection is gone: every sink hears of it, and nothing is read any more. */
  abandon(code: number, violation: Violation | undefined): void {
    this.stopped = true
    const live = [...this.streams]
    for (const stream of live) this.streams.close(stream, true)
    const errors: unknown[] = []
    for (const { sink } of live) {
      try {
        sink?.reset(code, violation)
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'sinks failed as the connection ended')
  }

  /** Whether the peer has to read some of what waits for it before more of its bytes are worth taking. */
  get isFull(): boolean {
    return this.sending.isFull
  }

  /** Whether nothing is left to be done but writing what is in the buffer, and closing the socket. */
  get isOver(): boolean {
    return this.violation !== undefined || (this.streams.closing && this.streams.count === 0)
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.sending.out.length
  }

  /**
   * What is to be written, in one piece. To be left here as long as the socket still holds what it was given before: only
   * what is here counts for `isFull`, and with it for the bound on memory.
   */
  output(): Buffer {
    return this.sending.out.view()
  }

  /**
   * The output was written; streams that wait for room go on, which may make new output.
   * @param taken whether its buffer may be used again at once.
   */
  written(taken: boolean): void {
    this.sending.written(taken)
    this.sending.resume()
  }

  /** Part of a body; see `Sending.data`. */
  write(stream: Stream<Sink>, bytes: Buffer, start: number, end: number, last: boolean): number {
    if (stream.closed || stream.sentEnd) return 0
    if (!stream.headSent) throw new Error(`stream ${stream.id}: a body before its head`)
    return this.sending.data(stream, bytes, start, end, last)
  }

  end(stream: Stream<Sink>, trailers: HeaderList | undefined): void {
    if (stream.closed || stream.sentEnd) return
    if (!stream.headSent) throw new Error(`stream ${stream.id}: an end before its head`)
    if (trailers === undefined) this.sending.end(stream)
    else this.sending.trailers(stream, trailers)
  }

  /** Has the stream told as soon as there is room in the output, as it would be of a body that was not taken. */
  awaitRoom(stream: Stream<Sink>): void {
    if (!stream.closed) this.sending.ready.add(stream)
  }

  consumed(stream: Stream<Sink>, length: number): void {
    if (!stream.closed) this.receiving.consumed(stream, length)
  }

  /** Counts a refusal that was answered otherwise. @param ended its stream has: that gave one back. */
  countReset(violation: Violation, ended: boolean): void {
    this.violated(violation, '')
    this.#spendReset(ended ? 2 : 1)
  }

  #spendReset(tokens = 1): void {
    this.#resets ??= new Budget(this.limits.resets, this.now)
    if (!this.#resets.take(this.now, tokens)) this.fail('too-many-resets', '')
  }

  /** Both halves are complete. */
  finish(stream: Stream<Sink>): void {
    this.streams.close(stream, false)
    this.#resets?.give(1)
  }
}
