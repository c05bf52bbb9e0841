/** The client's side of a connection: requests go out, answers come in. */
import { Connection } from './connection.ts'
import { ERROR_CODES, type Violation } from './errors.ts'
import type { FieldBlock } from './field-block.ts'
import { MAX_FRAME_BYTES, MAX_STREAM_ID, writePing } from './frames.ts'
import { type RequestHead, responseHead, trailers } from './heads.ts'
import { TABLE_SIZE } from './hpack/decoder.ts'
import type { ConnectionSpec } from './limits.ts'
import { PREFACE } from './preface.ts'
import { SETTING } from './settings.ts'
import type { ResponseSink, Stream } from './stream.ts'

const PING = Buffer.from('anybody?')

export interface ClientEvents {
  /** The server takes no new streams any more; those it will not serve were reset with REFUSED_STREAM. */
  leaving(code: number): void
  /** There is room for another stream, where there was none. */
  roomAgain(): void
  violated(violation: Violation, detail: string): void
}

/** What is asked for. Host in the fields is left out in favour of the authority. */
export interface ClientRequest extends Omit<RequestHead, 'contentLength' | 'priority' | 'plainPath'> {
  /** Fields behind those, names in lower case. */
  readonly more?: readonly (readonly [name: string, value: string])[]
}

export class ClientConnection extends Connection<ResponseSink> {
  readonly #events: ClientEvents
  #next = 1
  #leaving = false
  /** There was no room at last; who waits for some has to be told of it. */
  #wasFull = false

  /** @param now monotonic milliseconds. */
  constructor(spec: ConnectionSpec, events: ClientEvents, now: number) {
    super(spec, false, now)
    const { limits } = spec
    this.#events = events
    this.sending.out.copy(PREFACE, 0, PREFACE.length)
    this.start([
      [SETTING.headerTableSize, TABLE_SIZE],
      [SETTING.enablePush, 0],
      [SETTING.initialWindowSize, limits.streamWindow],
      [SETTING.maxFrameSize, MAX_FRAME_BYTES],
      [SETTING.maxHeaderListSize, limits.head.bytes],
    ])
    this.streams.onClose = () => this.#tellRoom()
  }

  /** Streams that may be opened now. */
  get room(): number {
    const { peer, streams, lifetime, violation } = this
    if (this.#leaving || lifetime.isDraining || violation !== undefined || this.#next > MAX_STREAM_ID) return 0
    return Math.max(0, Math.min(peer.maxConcurrentStreams, this.limits.streams) - streams.count)
  }

  /** Whether the server offers to carry other protocols in streams (RFC 8441). */
  get takesConnectProtocol(): boolean {
    return this.peer.connectProtocol
  }

  override receive(bytes: Buffer, start: number, end: number, now: number): void {
    super.receive(bytes, start, end, now)
    this.#tellRoom()
  }

  /**
   * Sends the head of a request.
   * @param end there is no body.
   * @returns undefined where there is no room for it.
   */
  request(request: ClientRequest, end: boolean, sink: ResponseSink): Stream<ResponseSink> | undefined {
    if (this.room === 0) return undefined
    const { streams, peer, limits, sending } = this
    const stream = streams.open(this.#next, peer.initialWindowSize, limits.streamWindow)
    this.#next += 2
    stream.sink = sink
    stream.headSent = true
    stream.bodyless = request.method === 'HEAD'
    sending.openBlock()
    this.#pseudoFields(request)
    sending.encoder.fields(request.fields, request.sensitive)
    for (const [name, value] of request.more ?? []) sending.encoder.pseudo(name, value)
    sending.closeBlock(stream, end)
    if (this.room === 0) this.#wasFull = true
    return stream
  }

  /** Asks whether anybody is there: any bytes are an answer. */
  ping(): void {
    writePing(this.sending.out, PING, 0, false)
  }

  protected override block(stream: Stream<ResponseSink>, block: FieldBlock, ended: boolean): void {
    if (stream.headReceived) return this.#trailers(stream, block, ended)
    const head = responseHead(block)
    if (typeof head === 'string') {
      const violation = block.fault === 'too large' ? 'head-too-large' : 'malformed-head'
      return this.failStream(stream, violation, head)
    }
    if (head.status < 200) {
      if (ended) return this.failStream(stream, 'malformed-head', '1xx with END_STREAM')
      return stream.sink!.informational(head)
    }
    stream.headReceived = true
    if (head.status === 204 || head.status === 304) stream.bodyless = true
    stream.expected = stream.bodyless ? 0 : head.contentLength
    if (ended && stream.expected > 0) {
      return this.failStream(stream, 'body-length', 'content-length without a body')
    }
    stream.receivedEnd = ended
    stream.sink!.head(head, ended)
    if (ended && stream.sentEnd) this.finish(stream)
  }

  /** Nobody but us opens streams: this one is over, or never was. */
  protected override newBlock(id: number): void {
    const ending = this.streams.stateOf(id)
    if (ending === 'reset-here') this.control.spend(1)
    else this.fail(ending === 'idle' ? 'idle-stream' : 'headers-on-closed-stream', `HEADERS on stream ${id}`)
  }

  /** Streams above the last one were not touched: they may be sent again elsewhere (section 6.8). */
  override peerLeaves(lastStream: number, code: number): void {
    this.#leaving = true
    const { streams } = this
    for (const stream of [...streams]) {
      if (stream.id <= lastStream) continue
      streams.close(stream, true)
      stream.sink?.reset(ERROR_CODES.REFUSED_STREAM, undefined)
    }
    this.#events.leaving(code)
  }

  protected override violated(violation: Violation, detail: string): void {
    this.#events.violated(violation, detail)
  }

  #trailers(stream: Stream<ResponseSink>, block: FieldBlock, ended: boolean): void {
    const fields = ended ? trailers(block) : 'HEADERS without END_STREAM'
    if (typeof fields !== 'string') return this.receivedEnd(stream, fields)
    const violation = block.fault === 'too large' ? 'trailers-too-large' : 'malformed-trailers'
    this.failStream(stream, violation, fields)
  }

  /** Section 8.3.1; CONNECT without a protocol has neither scheme nor path (section 8.5). */
  #pseudoFields({ method, scheme, authority, path, protocol }: ClientRequest): void {
    const { encoder } = this.sending
    encoder.pseudo(':method', method)
    if (protocol !== '') encoder.pseudo(':protocol', protocol)
    if (method !== 'CONNECT' || protocol !== '') {
      encoder.pseudo(':scheme', scheme)
      encoder.pseudo(':path', path, true)
    }
    if (authority !== '') encoder.pseudo(':authority', authority)
  }

  #tellRoom(): void {
    const wasFull = this.#wasFull
    this.#wasFull = this.room === 0
    if (wasFull && !this.#wasFull) this.#events.roomAgain()
  }
}
