/**
 * The connections of one worker to an endpoint that says itself, in the handshake, whether it speaks HTTP/2 or HTTP/1.1
 * (RFC 7301). HTTP/2 is tried, and an endpoint that does not agree to it is spoken HTTP/1.1 with from then on, until a
 * handshake for that fails: it may be another program by then. No request notices: until a connection stands, nothing of
 * it was sent. WebSocket goes by HTTP/1.1, where a client asks for it so.
 */
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import type { Parting, RequestStream, ResponseSink, TunnelEnd } from '../sides.ts'
import type { ConnectionPool, OpenOptions } from '../types.ts'

interface Request {
  readonly exchange: Exchange
  readonly sink: ResponseSink
  readonly options: OpenOptions
}

export class AlpnPool implements ConnectionPool {
  readonly #h2: ConnectionPool
  readonly #h1: ConnectionPool
  #speaksH2 = true

  /** @param h2 its dialer offers both. */
  constructor({ h2, h1 }: { readonly h2: ConnectionPool; readonly h1: ConnectionPool }) {
    this.#h2 = h2
    this.#h1 = h1
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const request = { exchange, sink, options }
    if (exchange.upgrade !== '') return this.#h1.open(exchange, sink, options)
    return this.#speaksH2 ? new TriedRequest((stream) => this.#try(request, stream)) : this.#settle(request)
  }

  drain(graceMs?: number): void {
    this.#h2.drain(graceMs)
    this.#h1.drain(graceMs)
  }

  reopen(): void {
    this.#h2.reopen()
    this.#h1.reopen()
  }

  #try(request: Request, stream: TriedRequest): RequestStream {
    const { exchange, sink, options } = request
    const onFault = (code: FaultCode) => {
      if (code !== 'no-http2') return sink.fault(code)
      this.#speaksH2 = false
      stream.goesBy(this.#settle(request))
    }
    return this.#h2.open(exchange, new FaultFilter(sink, onFault), options)
  }

  #settle({ exchange, sink, options }: Request): RequestStream {
    const onFault = (code: FaultCode) => {
      if (code === 'tls-handshake') this.#speaksH2 = true
      sink.fault(code)
    }
    return this.#h1.open(exchange, new FaultFilter(sink, onFault), options)
  }
}

/** A request that may go out another way than it was meant to. */
class TriedRequest implements RequestStream {
  #stream: RequestStream

  constructor(begin: (stream: TriedRequest) => RequestStream) {
    this.#stream = begin(this)
  }

  /** @param stream takes the place of one that is over. */
  goesBy(stream: RequestStream): void {
    this.#stream = stream
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#stream.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#stream.end(trailers)
  }

  flush(): void {
    this.#stream.flush()
  }

  resumeResponse(): void {
    this.#stream.resumeResponse()
  }

  abort(): void {
    this.#stream.abort()
  }
}

/** Passes on all that an endpoint says, but for faults. */
class FaultFilter implements ResponseSink {
  readonly #sink: ResponseSink
  readonly fault: (code: FaultCode) => void

  constructor(sink: ResponseSink, fault: (code: FaultCode) => void) {
    this.#sink = sink
    this.fault = fault
  }

  opened(stream: RequestStream): void {
    this.#sink.opened(stream)
  }

  informational(status: number, headers: HeaderList): void {
    this.#sink.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    this.#sink.head(status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#sink.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#sink.end(trailers)
  }

  upgraded(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    return this.#sink.upgraded(headers, peer)
  }

  resumeRequest(): void {
    this.#sink.resumeRequest()
  }

  flush(): boolean {
    return this.#sink.flush()
  }

  displaced(): boolean {
    return this.#sink.displaced()
  }

  goAway(code: FaultCode, last: boolean): Parting {
    return this.#sink.goAway(code, last)
  }
}
