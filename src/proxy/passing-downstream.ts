/**
 * The client's side of an exchange, and one way to an endpoint, passed on as they are: what stands between the two sides
 * overrides what it watches or changes.
 */
import type { FaultCode } from './faults.ts'
import type { HeaderList } from './headers.ts'
import type { ClientObserver, Downstream, Parting, Reply, RequestStream, TunnelEnd } from './sides.ts'

export class PassingDownstream implements Downstream, ClientObserver {
  protected readonly inner: Downstream
  protected observer: ClientObserver | undefined = undefined

  constructor(inner: Downstream) {
    this.inner = inner
  }

  // What the exchange asks of the client's side.

  get client(): Downstream['client'] {
    return this.inner.client
  }

  get requestComplete(): boolean {
    return this.inner.requestComplete
  }

  attach(observer: ClientObserver): void {
    this.observer = observer
    this.inner.attach(this)
  }

  readBody(stream: RequestStream): void {
    this.inner.readBody(stream)
  }

  holdBody(): void {
    this.inner.holdBody()
  }

  informational(status: number, headers: HeaderList): void {
    this.inner.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    this.inner.head(status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.inner.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.inner.end(trailers)
  }

  flush(): boolean {
    return this.inner.flush()
  }

  reply(reply: Reply): void {
    this.inner.reply(reply)
  }

  reset(): void {
    this.inner.reset()
  }

  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    return this.inner.tunnel(headers, peer)
  }

  // What is heard of the client.

  clientFault(code: FaultCode): void {
    this.observer?.clientFault(code)
  }

  clientEnded(): void {
    this.observer?.clientEnded()
  }

  resumeResponse(): void {
    this.observer?.resumeResponse()
  }

  tunnelClosed(): void {
    this.observer?.tunnelClosed()
  }

  goAway(code: FaultCode, last: boolean): Parting {
    return this.observer?.goAway(code, last) ?? 'gone'
  }
}

export class PassingStream implements RequestStream {
  readonly inner: RequestStream

  constructor(inner: RequestStream) {
    this.inner = inner
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.inner.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.inner.end(trailers)
  }

  flush(): void {
    this.inner.flush()
  }

  resumeResponse(): void {
    this.inner.resumeResponse()
  }

  abort(): void {
    this.inner.abort()
  }
}
