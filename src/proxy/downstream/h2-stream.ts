/**
 * One HTTP/2 request of a client and the answer to it: the same to the exchange as an HTTP/1.1 connection is. What an
 * answer has made leaves with the frames of all other streams at the end of the turn.
 */
import type { Timed } from '../deadlines.ts'
import type { Exchange, ExchangeInit } from '../exchange.ts'
import { FAULTS, type FaultCode } from '../faults.ts'
import { grpcOutcome, isGrpc } from '../grpc.ts'
import { EmptyInbox } from '../h2/empty-inbox.ts'
import { Inbox, type InboxOwner, type OwnedSink } from '../h2/inbox.ts'
import { HeaderList } from '../headers.ts'
import { ERROR_CODES, type Violation } from '../http2/errors.ts'
import type { ServerConnection } from '../http2/server.ts'
import type { Stream } from '../http2/stream.ts'
import { faultReply } from '../reply.ts'
import type { ClientObserver, Downstream, Parting, Reply, RequestStream, TunnelEnd } from '../sides.ts'
import type { Client } from './client.ts'
import { H2Answer, type H2Asked } from './h2-answer.ts'
import { streamFault } from './h2-fault.ts'
import { H2Tunnel } from './h2-tunnel.ts'
import type { DownstreamHost } from './host.ts'

/** The connection, as its streams use it. */
export interface H2StreamOwner {
  readonly client: Client
  readonly http: ServerConnection
  readonly host: DownstreamHost
  /** Whether what is read lies in a buffer that the next read overwrites. */
  readonly volatile: boolean
  /** There is output: it leaves at the end of the turn, or at once where nobody is left to make more. */
  touch(): void
  /** Has the body that was handed on flushed once everything that was read is worked off. */
  uploaded(stream: H2Stream): void
}

export class H2Stream implements Downstream, InboxOwner, Timed {
  slot = -1
  deadline = 0
  /** Whether the connection will have its upload flushed. */
  uploading = false
  readonly #owner: H2StreamOwner
  readonly #stream: Stream
  /** Where there is a body, or a tunnel. */
  #inbox: Inbox | undefined = undefined
  #exchange: Exchange | undefined = undefined
  #observer: ClientObserver | undefined = undefined
  /** Where the body goes, once somebody asked for it. */
  #upload: RequestStream | undefined = undefined
  readonly #answer: H2Answer
  #tunnel: H2Tunnel | undefined = undefined

  constructor(owner: H2StreamOwner, stream: Stream) {
    this.#owner = owner
    this.#stream = stream
    this.#answer = new H2Answer(owner.http, stream, owner.host.dateFields)
  }

  /** Has a request served that came on this stream. */
  serve(init: ExchangeInit): void {
    const { host } = this.#owner
    this.#exchange = host.exchange(init, this)
    if (init.hasBody || init.upgrade !== '') {
      this.#inbox = new Inbox(this)
      host.deadlines.add(this)
    }
    host.serve(this.#exchange)
  }

  /** Answers a request that is none. */
  refuse(code: FaultCode, asked: H2Asked): void {
    this.#answer.reply(faultReply(code), asked)
    this.#answer.stopUpload()
    if (this.#stream.receivedEnd) return
    this.#inbox = new Inbox(this)
    this.#inbox.drop()
  }

  /** Who hears of the stream; to be asked for once, when it is served or refused. */
  sink(): OwnedSink {
    return this.#inbox ?? new EmptyInbox(this)
  }

  leave(last: boolean): Parting {
    if (this.#tunnel === undefined) return this.#observer?.goAway('shutting-down', last) ?? 'later'
    this.#tunnel.goAway()
    return 'gone'
  }

  /** The proxy ends: what is under way gets no more time. */
  cut(): void {
    this.#clientFault('shutting-down')
  }

  flushUpload(): void {
    this.uploading = false
    this.#upload?.flush()
  }

  // What the exchange asks of the client's side.

  get client(): Client {
    return this.#owner.client
  }

  get requestComplete(): boolean {
    return this.#inbox?.complete ?? true
  }

  attach(observer: ClientObserver): void {
    this.#observer = observer
  }

  readBody(stream: RequestStream): void {
    if (this.#inbox === undefined || this.#inbox.complete) return
    this.#upload = stream
    this.#inbox.flow(stream)
    this.#owner.uploaded(this)
  }

  holdBody(): void {
    this.#inbox?.hold()
  }

  informational(status: number, headers: HeaderList): void {
    this.#answer.informational(status, headers)
    this.#owner.touch()
  }

  head(status: number, headers: HeaderList, length: number): void {
    const exchange = this.#exchange!
    // A success would open a tunnel (RFC 8441 section 5), and the endpoint did not agree to one.
    if (exchange.upgrade !== '' && status < 300) return this.#refuseTunnel(exchange)
    this.#answer.head(status, headers, { method: exchange.method, length })
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#answer.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#answer.end(trailers)
    this.#finish()
  }

  flush(): boolean {
    const { http } = this.#owner
    this.#owner.touch()
    if (this.#answer.waits) return false
    if (!http.isFull) return true
    http.awaitRoom(this.#stream)
    return false
  }

  reply(reply: Reply): void {
    const exchange = this.#exchange!
    const { method, requestId, requestHeaders } = exchange
    const asked = { method, requestId, accept: requestHeaders.get('accept'), isGrpc: isGrpc(requestHeaders) }
    exchange.bytesSent = this.#answer.reply(reply, asked)
    this.#finish()
  }

  reset(): void {
    const { fault, responseHeaders } = this.#exchange!
    if (fault !== undefined && responseHeaders !== undefined && isGrpc(responseHeaders)) {
      return this.end(grpcOutcome(FAULTS[fault].status, fault))
    }
    const isTheirs = fault !== undefined && FAULTS[fault].origin === 'downstream'
    this.#owner.http.reset(this.#stream, isTheirs ? ERROR_CODES.CANCEL : ERROR_CODES.INTERNAL_ERROR)
    this.#finish()
  }

  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    const { host } = this.#owner
    const tunnel = new H2Tunnel(this, { headers, idleMs: () => host.settings().timeouts.tunnelIdleMs })
    this.#tunnel = tunnel
    this.#answer.open(tunnel.fields)
    this.#owner.touch()
    tunnel.open(peer)
    return tunnel.side
  }

  // What a tunnel asks of its stream.

  get inbox(): Inbox {
    return this.#inbox!
  }

  /** Ends our half behind what waits. */
  endHalf(): void {
    this.#answer.end(undefined)
    this.#owner.touch()
    this.moved()
  }

  /** Sets the deadline `ms` from now; none for 0. */
  expire(ms: number): void {
    this.deadline = ms === 0 ? 0 : this.#owner.host.deadlines.in(ms)
  }

  /** The tunnel is over. @param broken by the client, without an end. */
  close(broken = false): void {
    if (this.#exchange === undefined) return
    const { sentEnd, receivedEnd } = this.#stream
    if (!sentEnd || !receivedEnd) this.#owner.http.reset(this.#stream, ERROR_CODES.CANCEL)
    const observer = this.#observer
    this.#finish()
    this.#tunnel!.side.close(broken)
    observer?.tunnelClosed()
  }

  // What the client does.

  get volatile(): boolean {
    return this.#owner.volatile
  }

  admit(bytes: number): boolean {
    const exchange = this.#exchange!
    if (this.#tunnel !== undefined) return true
    exchange.bytesReceived += bytes
    if (exchange.bytesReceived <= exchange.maxBodyBytes) return true
    this.#clientFault('body-too-large')
    return false
  }

  consumed(bytes: number): void {
    this.#owner.http.consumed(this.#stream, bytes)
    // What was taken outside of a read is to be told to the client, too: it may wait for that.
    this.#owner.touch()
  }

  moved(): void {
    if (this.#tunnel !== undefined) {
      if (this.#stream.sentEnd && this.inbox.complete) this.close()
      return
    }
    const { flowing, complete } = this.inbox
    this.expire(flowing && !complete ? this.#owner.host.settings().timeouts.bodyGapMs : 0)
    this.#owner.uploaded(this)
  }

  writable(): void {
    if (!this.#answer.drain()) return
    if (this.#exchange === undefined) this.#answer.stopUpload()
    else if (this.#tunnel === undefined) this.#observer?.resumeResponse()
    else {
      this.#tunnel.cleared()
      this.moved()
    }
  }

  broken(_code: number, violation: Violation | undefined): void {
    this.#answer.drop()
    if (this.#exchange === undefined) return
    if (this.#tunnel !== undefined) return this.close(true)
    this.#clientFault(streamFault(violation))
    this.#finish()
  }

  onDeadline(): void {
    if (this.#tunnel !== undefined) this.close()
    else this.#clientFault('body-timeout')
    this.#owner.touch()
  }

  #refuseTunnel(exchange: Exchange): void {
    exchange.status = 502
    exchange.fault = 'upstream-invalid'
    this.#answer.head(502, new HeaderList(), { method: exchange.method, length: 0 })
    this.#answer.cutBody()
  }

  #finish(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    const { host } = this.#owner
    this.#exchange = undefined
    this.#observer = undefined
    this.#upload = undefined
    host.deadlines.remove(this)
    this.#inbox?.drop()
    this.#answer.stopUpload()
    exchange.finish(host.now())
    this.#owner.touch()
  }

  #clientFault(code: FaultCode): void {
    const exchange = this.#exchange
    if (exchange === undefined) return
    if (this.#observer !== undefined) return this.#observer.clientFault(code)
    exchange.fail(code)
    this.reply(faultReply(code))
  }
}
