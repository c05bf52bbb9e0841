/**
 * The client's side of an exchange, with a compressor before it where the head of the answer asks for one; else all is
 * passed on. Both sides are waited for: the compressor for the client, the backend for the compressor.
 */
import type { Coding } from '../../model/compression.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import type { ClientObserver, Downstream, Parting, Reply, RequestStream, TunnelEnd } from '../sides.ts'
import { CODERS, type Coder } from './coders.ts'

export type Decide = (status: number, headers: HeaderList, length: number) => Coding | undefined

export class CompressedDownstream implements Downstream, ClientObserver {
  readonly #inner: Downstream
  readonly #exchange: Exchange
  readonly #decide: Decide
  #observer: ClientObserver | undefined
  #coder: Coder | undefined
  /** The length of the answer is not known: what there is of it should not wait for the rest. */
  #live = false
  /** The compressor has taken bytes that it has not been told to let go of. */
  #pending = false

  constructor(inner: Downstream, exchange: Exchange, decide: Decide) {
    this.#inner = inner
    this.#exchange = exchange
    this.#decide = decide
  }

  // What the exchange asks of the client's side.

  get client(): Downstream['client'] {
    return this.#inner.client
  }

  get requestComplete(): boolean {
    return this.#inner.requestComplete
  }

  attach(observer: ClientObserver): void {
    this.#observer = observer
    this.#inner.attach(this)
  }

  readBody(stream: RequestStream): void {
    this.#inner.readBody(stream)
  }

  holdBody(): void {
    this.#inner.holdBody()
  }

  informational(status: number, headers: HeaderList): void {
    this.#inner.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    const coding = this.#decide(status, headers, length)
    if (coding === undefined) return this.#inner.head(status, headers, length)
    encode(headers, coding)
    if (this.#exchange.method !== 'HEAD') this.#begin(coding, length)
    this.#inner.head(status, headers, -1)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    const coder = this.#coder
    if (coder === undefined) return this.#inner.data(buffer, start, end)
    this.#exchange.bytesSent -= end - start
    this.#pending = true
    // It works on them later, when they may be others.
    return coder.write(Buffer.from(buffer.subarray(start, end)))
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#coder === undefined) return this.#inner.end(trailers)
    this.#coder.once('end', () => this.#inner.end(trailers))
    this.#coder.end()
  }

  flush(): boolean {
    const clear = this.#inner.flush()
    if (this.#coder === undefined) return clear
    if (this.#live && this.#pending && !this.#coder.writableEnded) this.#coder.flush()
    this.#pending = false
    return !this.#coder.writableNeedDrain
  }

  reply(reply: Reply): void {
    this.#inner.reply(reply)
  }

  reset(): void {
    this.#coder?.destroy()
    this.#inner.reset()
  }

  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    return this.#inner.tunnel(headers, peer)
  }

  // What is heard of the client.

  clientFault(code: FaultCode): void {
    this.#coder?.destroy()
    this.#observer?.clientFault(code)
  }

  clientEnded(): void {
    this.#observer?.clientEnded()
  }

  resumeResponse(): void {
    if (this.#coder === undefined) this.#observer?.resumeResponse()
    else this.#coder.resume()
  }

  tunnelClosed(): void {
    this.#observer?.tunnelClosed()
  }

  goAway(code: FaultCode, last: boolean): Parting {
    return this.#observer?.goAway(code, last) ?? 'gone'
  }

  #begin(coding: Coding, length: number): void {
    const coder = CODERS[coding]()
    this.#coder = coder
    this.#live = length < 0
    coder.on('data', (chunk: Buffer) => {
      this.#exchange.bytesSent += chunk.length
      const clear = this.#inner.data(chunk, 0, chunk.length)
      if (!this.#inner.flush() || !clear) coder.pause()
    })
    coder.on('drain', () => this.#observer?.resumeResponse())
    coder.on('error', () => this.reset())
  }
}

/** Another representation (RFC 9110 section 8.8.1): of a length that is not known, and no parts of it can be had. */
function encode(headers: HeaderList, coding: Coding): void {
  headers.delete('content-length')
  headers.delete('accept-ranges')
  headers.set('Content-Encoding', coding)
  const tag = headers.get('etag')
  if (tag?.startsWith('"') === true) headers.set('ETag', `W/${tag}`)
}
