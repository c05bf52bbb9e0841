/**
 * The client's side of an exchange, with a compressor before it where the head of the answer asks for one; else all is
 * passed on. Both sides are waited for: the compressor for the client, the backend for the compressor.
 */
import type { Coding } from '../../model/compression.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import { PassingDownstream } from '../passing-downstream.ts'
import type { Downstream } from '../sides.ts'
import { CODERS, type Coder } from './coders.ts'

export type Decide = (status: number, headers: HeaderList, length: number) => Coding | undefined

export class CompressedDownstream extends PassingDownstream {
  readonly #exchange: Exchange
  readonly #decide: Decide
  #coder: Coder | undefined
  /** The length of the answer is not known: what there is of it should not wait for the rest. */
  #live = false
  /** The compressor has taken bytes that it has not been told to let go of. */
  #pending = false

  constructor(inner: Downstream, exchange: Exchange, decide: Decide) {
    super(inner)
    this.#exchange = exchange
    this.#decide = decide
  }

  override head(status: number, headers: HeaderList, length: number): void {
    const coding = this.#decide(status, headers, length)
    if (coding === undefined) return this.inner.head(status, headers, length)
    encode(headers, coding)
    if (this.#exchange.method !== 'HEAD') this.#begin(coding, length)
    this.inner.head(status, headers, -1)
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    const coder = this.#coder
    if (coder === undefined) return this.inner.data(buffer, start, end)
    this.#exchange.bytesSent -= end - start
    this.#pending = true
    // It works on them later, when they may be others.
    return coder.write(Buffer.from(buffer.subarray(start, end)))
  }

  override end(trailers: HeaderList | undefined): void {
    if (this.#coder === undefined) return this.inner.end(trailers)
    this.#coder.once('end', () => this.inner.end(trailers))
    this.#coder.end()
  }

  override flush(): boolean {
    const clear = this.inner.flush()
    if (this.#coder === undefined) return clear
    if (this.#live && this.#pending && !this.#coder.writableEnded) this.#coder.flush()
    this.#pending = false
    return !this.#coder.writableNeedDrain
  }

  override reset(): void {
    this.#coder?.destroy()
    this.inner.reset()
  }

  override clientFault(code: FaultCode): void {
    this.#coder?.destroy()
    this.observer?.clientFault(code)
  }

  override resumeResponse(): void {
    if (this.#coder === undefined) this.observer?.resumeResponse()
    else this.#coder.resume()
  }

  #begin(coding: Coding, length: number): void {
    const coder = CODERS[coding]()
    this.#coder = coder
    this.#live = length < 0
    coder.on('data', (chunk: Buffer) => {
      this.#exchange.bytesSent += chunk.length
      const clear = this.inner.data(chunk, 0, chunk.length)
      if (!this.inner.flush() || !clear) coder.pause()
    })
    coder.on('drain', () => this.observer?.resumeResponse())
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
