/** The server's side of a connection: requests come in, answers go out. */
import type { HeaderList } from '../headers.ts'
import { Connection } from './connection.ts'
import { ERROR_CODES, type Violation } from './errors.ts'
import type { FieldBlock } from './field-block.ts'
import { MAX_FRAME_BYTES } from './frames.ts'
import { type RequestHead, requestHead, trailers } from './heads.ts'
import { TABLE_SIZE } from './hpack/decoder.ts'
import type { ConnectionSpec } from './limits.ts'
import { Preface } from './preface.ts'
import { SETTING } from './settings.ts'
import type { Stream, StreamSink } from './stream.ts'

export interface ServerEvents {
  /**
   * A request has come.
   * @param ended it has no body: nothing follows, not even `end`.
   */
  request(stream: Stream, head: RequestHead, ended: boolean): StreamSink
  /** The peer broke a rule; the answer is on its way. For counting and logging. */
  violated(violation: Violation, detail: string): void
}

export class ServerConnection extends Connection<StreamSink> {
  readonly #events: ServerEvents
  /** Until it has come. */
  #preface: Preface | undefined = new Preface()

  /** @param now monotonic milliseconds. */
  constructor(spec: ConnectionSpec, events: ServerEvents, now: number) {
    super(spec, true, now)
    const { limits } = spec
    this.#events = events
    this.start([
      [SETTING.headerTableSize, TABLE_SIZE],
      [SETTING.maxConcurrentStreams, limits.streams],
      [SETTING.initialWindowSize, limits.streamWindow],
      [SETTING.maxFrameSize, MAX_FRAME_BYTES],
      [SETTING.maxHeaderListSize, limits.head.bytes],
      [SETTING.enableConnectProtocol, 1],
      [SETTING.noRfc7540Priorities, 1],
    ])
  }

  override receive(bytes: Buffer, start: number, end: number, now: number): void {
    const at = this.#preface === undefined ? start : this.#behindPreface(this.#preface, bytes, start, end)
    if (at < end) super.receive(bytes, at, end, now)
  }

  /** A 1xx head; there may be several before the answer. */
  informational(stream: Stream, status: number, fields: HeaderList): void {
    if (stream.closed || stream.headSent) return
    this.#head(stream, status, { fields, sensitive: undefined }, false)
  }

  /** The head of the answer. @param end there is no body and no trailers. */
  respond(stream: Stream, status: number, answer: Answer, end: boolean): void {
    if (stream.closed || stream.headSent) return
    stream.headSent = true
    this.#head(stream, status, answer, end)
  }

  protected override block(stream: Stream<StreamSink>, block: FieldBlock, ended: boolean): void {
    if (!ended) return this.failStream(stream, 'malformed-trailers', 'HEADERS without END_STREAM')
    const fields = trailers(block)
    if (typeof fields === 'string') {
      const violation = block.fault === 'too large' ? 'trailers-too-large' : 'malformed-trailers'
      return this.failStream(stream, violation, fields)
    }
    this.receivedEnd(stream, fields)
  }

  protected override newBlock(id: number, block: FieldBlock, ended: boolean): void {
    const { streams, limits } = this
    if ((id & 1) === 0) return this.fail('bad-stream-id', `stream ${id}`)
    if (!streams.isIdle(id)) return this.#lateBlock(id)
    // The second GOAWAY has told the client that this stream is not served.
    if (streams.closing) return streams.refuse(id)
    if (streams.count >= limits.streams) return this.#refuse(id, 'too-many-streams', '')
    if (block.fault === 'too large') return this.#tooLarge(id, ended)
    const head = requestHead(block, true)
    if (typeof head === 'string') return this.#refuse(id, 'malformed-head', head)
    if (ended && head.contentLength > 0) return this.#refuse(id, 'body-length', 'content-length without a body')
    this.#open(id, head, ended)
  }

  override peerLeaves(): void {
    this.lifetime.drain()
  }

  protected override violated(violation: Violation, detail: string): void {
    this.#events.violated(violation, detail)
  }

  /** @returns where frames begin; the end where none has come yet, or none ever will. */
  #behindPreface(preface: Preface, bytes: Buffer, start: number, end: number): number {
    const at = preface.take(bytes, start, end)
    if (at < 0) this.fail('bad-preface', '')
    else if (preface.isComplete) this.#preface = undefined
    return at < 0 ? end : at
  }

  #open(id: number, head: RequestHead, ended: boolean): void {
    const stream = this.#openStream(id, ended)
    stream.priority = head.priority
    stream.expected = ended ? 0 : head.contentLength
    stream.sink = this.#events.request(stream, head, ended)
  }

  #openStream(id: number, ended: boolean): Stream<StreamSink> {
    const { streams, peer, limits } = this
    const stream = streams.open(id, peer.initialWindowSize, limits.streamWindow)
    stream.headReceived = true
    stream.receivedEnd = ended
    return stream
  }

  #head(stream: Stream, status: number, { fields, sensitive }: Answer, end: boolean): void {
    const { sending } = this
    sending.openBlock()
    sending.encoder.status(status)
    sending.encoder.fields(fields, sensitive)
    sending.closeBlock(stream, end)
  }

  /** An answer is kinder than an error; the rest of the request is not wanted (section 8.1). */
  #tooLarge(id: number, ended: boolean): void {
    const { sending } = this
    const stream = this.#openStream(id, ended)
    sending.openBlock()
    sending.encoder.status(431)
    sending.closeBlock(stream, true)
    this.reset(stream, ERROR_CODES.NO_ERROR)
    this.countReset('head-too-large', ended)
  }

  #refuse(id: number, violation: Violation, detail: string): void {
    this.streams.refuse(id)
    this.rejectStream(id, violation, detail)
  }

  #lateBlock(id: number): void {
    const ending = this.streams.stateOf(id)
    if (ending === 'reset-here') this.control.spend(1)
    else if (ending === 'ended') this.fail('headers-on-closed-stream', `stream ${id}`)
    else this.fail('bad-stream-id', `stream ${id} after ${this.streams.last}`)
  }
}

export interface Answer {
  readonly fields: HeaderList
  /** Names of fields that must never enter a table. */
  readonly sensitive: readonly string[] | undefined
}
