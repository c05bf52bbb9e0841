/**
 * One HTTP/1.1 downstream connection. Requests are served one after the other; an answer under way is never
 * overtaken by the fault of a later request, and nothing behind a refused or closing request is looked at.
 */
import type { Socket } from 'node:net'
import type { Exchange, ExchangeInit } from '../exchange.ts'
import { FAULTS, type FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import type { ClientObserver, Downstream, Parting, Reply, RequestStream, TunnelEnd } from '../sides.ts'
import { closeToClient, isWebSocket } from '../websocket/close-frame.ts'
import type { Client } from './client.ts'
import { ClientSocket, type ClientSocketOwner, LAST_CALL_MS } from './client-socket.ts'
import { H1Requests } from './h1-requests.ts'
import { H1Response } from './h1-response.ts'
import { H1Upload } from './h1-upload.ts'
import type { Accepted, Connection, DownstreamHost } from './host.ts'
import type { Run } from './read-space.ts'

export interface H1Init extends Accepted<H1Downstream> {
  /** The client turned out to speak HTTP/2: `from[at, end)` is what follows the first two lines of its preface. */
  readonly speaksH2?: ((connection: H1Downstream, socket: ClientSocket, rest: Run) => void) | undefined
}

export class H1Downstream implements Connection, Downstream, ClientSocketOwner {
  readonly client: Client
  readonly #host: DownstreamHost
  readonly #socket: ClientSocket
  readonly #response: H1Response
  readonly #requests: H1Requests
  readonly #upload: H1Upload
  readonly #closed: (connection: H1Downstream) => void
  readonly #speaksH2: H1Init['speaksH2']
  /** The request being served, if any. */
  #exchange: Exchange | undefined
  #observer: ClientObserver | undefined
  #running = false

  constructor(socket: Socket, host: DownstreamHost, { client, closed, speaksH2 }: H1Init) {
    this.client = client
    this.#host = host
    this.#closed = closed
    this.#speaksH2 = speaksH2
    this.#socket = new ClientSocket(socket, this, host)
    this.#response = new H1Response(this.#socket.output, host.date)
    this.#requests = new H1Requests(host, client)
    this.#upload = new H1Upload(this.#socket, host)
  }

  /** Whether a request is being served, or the connection is a tunnel. */
  get busy(): boolean {
    return this.#exchange !== undefined
  }

  /** The proxy drains: an idle connection ends in a moment, a busy one after its answer. */
  drain(): void {
    if (this.#socket.quiet && !this.busy && !this.#requests.started) this.#awaitRequest()
  }

  leave(last: boolean): Parting {
    if (this.#socket.goAway()) return 'gone'
    return this.#observer?.goAway('shutting-down', last) ?? 'later'
  }

  /** The proxy ends: what is under way gets no more time. */
  cut(): void {
    if (this.busy) this.#clientFault('shutting-down')
    this.#socket.destroy()
  }

  // What the exchange asks of the client's side.

  get requestComplete(): boolean {
    return this.#upload.complete
  }

  attach(observer: ClientObserver): void {
    this.#observer = observer
  }

  readBody(stream: RequestStream): void {
    if (this.#upload.complete) return
    this.#upload.flow(stream)
    this.#run()
  }

  holdBody(): void {
    this.#upload.hold()
  }

  informational(status: number, headers: HeaderList): void {
    this.#response.informational(this.#exchange!, status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    this.#decideEnd()
    this.#response.head(this.#exchange!, status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    const clear = this.#response.data(buffer, start, end)
    if (!clear) this.#socket.awaitClear()
    return clear
  }

  end(trailers: HeaderList | undefined): void {
    this.#response.end(trailers)
    this.#finish()
  }

  flush(): boolean {
    return this.#socket.flush()
  }

  reply(reply: Reply): void {
    const exchange = this.#exchange!
    const { method, requestId, requestHeaders } = exchange
    this.#decideEnd()
    exchange.bytesSent = this.#response.reply(reply, { method, requestId, accept: requestHeaders.get('accept') })
    this.#finish()
  }

  reset(): void {
    this.#socket.output.flush()
    this.#socket.destroy(this.#response.untilClose)
  }

  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    this.#response.upgrade(headers)
    this.#socket.output.flush()
    return this.#socket.tunnel(peer, isWebSocket(headers) ? closeToClient : undefined)
  }

  // What the client does.

  onBytes(): void {
    this.#run()
  }

  onClientEnd(): void {
    if (this.busy) this.#run()
    else if (!this.#socket.blocked) this.#socket.destroy()
    this.#observer?.clientEnded()
  }

  onClear(): void {
    if (this.busy) {
      this.#upload.expect()
      this.#observer?.resumeResponse()
      return
    }
    if (this.#socket.ended) return this.#socket.destroy()
    this.#awaitRequest()
    this.#run()
  }

  onDeadline(): void {
    const { blocked } = this.#socket
    if (this.busy && !blocked) return this.#clientFault('body-timeout')
    if (this.#requests.started && !blocked) return this.#refuse('header-timeout')
    if (this.busy) this.#clientFault('client-stalled')
    // Who takes nothing would not take an answer of ours either.
    this.#socket.destroy()
  }

  onGone(tunnel: boolean): void {
    const exchange = this.#exchange
    if (exchange !== undefined) {
      if (tunnel) this.#observer?.tunnelClosed()
      else if (this.#observer !== undefined) this.#observer.clientFault('client-gone')
      else exchange.fail('client-gone')
      exchange.finish(this.#host.now())
      this.#exchange = undefined
    }
    this.#closed(this)
  }

  // Requests.

  /** Works off the bytes at hand, as far as there is somebody to take them. */
  #run(): void {
    if (this.#running) return
    this.#running = true
    while (this.#socket.mode === 'http' && this.#socket.early !== undefined && this.#step());
    this.#running = false
    const upload = this.#upload
    upload.flush()
    this.#socket.settle(upload.complete || upload.flowing)
    const cut = this.#socket.ended && this.#socket.early === undefined && !upload.complete
    if (cut && this.#socket.mode === 'http') this.#clientFault('body-cut')
  }

  /** @returns whether there may be more to do at once. */
  #step(): boolean {
    if (!this.busy) return !this.#socket.blocked && this.#readHead()
    return this.#upload.flowing && this.#readBody()
  }

  #readHead(): boolean {
    const { early, earlyAt, earlyEnd } = this.#socket
    const requests = this.#requests
    const { started } = requests
    const init = requests.take(early!, earlyAt, earlyEnd)
    if (requests.isPreface && this.#speaksH2 !== undefined) {
      this.#speaksH2(this, this.#socket, { buffer: early!, start: requests.next, end: earlyEnd })
      return false
    }
    this.#socket.used(requests.next, true)
    if (typeof init === 'object') {
      this.#begin(init)
      return true
    }
    if (init !== undefined) this.#refuse(init, requests.method)
    // The first byte of a request starts the clock for its head; later ones do not wind it up again.
    else if (!started) this.#socket.expire(this.#host.settings().timeouts.headerMs)
    return false
  }

  #begin(init: ExchangeInit): void {
    const exchange = this.#host.exchange(init, this)
    this.#exchange = exchange
    this.#observer = undefined
    this.#upload.begin(exchange)
    this.#response.reset(init)
    this.#socket.expire(0)
    this.#host.serve(exchange)
  }

  #readBody(): boolean {
    const done = this.#upload.read()
    if (typeof done === 'boolean') return done
    this.#clientFault(done)
    return false
  }

  // Answers.

  /** Whoever answers before the request is over may never see the rest of it. */
  #decideEnd(): void {
    if (!this.requestComplete || this.#socket.ended || this.#host.retiring()) this.#response.close = true
  }

  #finish(): void {
    const exchange = this.#exchange!
    const clear = this.#socket.flush()
    const end = this.#response.close || !this.requestComplete || this.#socket.ended
    this.#exchange = undefined
    this.#observer = undefined
    this.#upload.drop()
    exchange.finish(this.#host.now())
    if (end) return this.#socket.linger()
    if (clear) this.#awaitRequest()
    this.#run()
  }

  #awaitRequest(): void {
    this.#socket.expire(this.#host.draining() ? LAST_CALL_MS : this.#host.settings().timeouts.idleMs)
  }

  /** Bytes that cannot become a request: answer, and look at nothing behind them. */
  #refuse(code: FaultCode, method?: string): void {
    this.#host.refused(code, { client: this.client, version: '1.1', startedAt: this.#requests.startedAt })
    if (this.#requests.isForeign) return this.#socket.destroy()
    this.#response.refuse(code, method)
    this.#socket.linger()
  }

  #clientFault(code: FaultCode): void {
    if (this.#observer !== undefined) return this.#observer.clientFault(code)
    this.#exchange!.fail(code)
    this.reply({ status: FAULTS[code].status, fault: code })
  }
}
