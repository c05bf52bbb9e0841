/** The client's side of an exchange whose request body goes to the endpoint as fast as a limit allows. */
import type { HeaderList } from '../../headers.ts'
import { PassingDownstream, PassingStream } from '../../passing-downstream.ts'
import type { RequestStream } from '../../sides.ts'
import { type PacedTarget, Pacer, type PacerInit } from './pacer.ts'

export class PacedUpload extends PassingDownstream implements PacedTarget {
  readonly #pacer: Pacer
  /** Where the body goes, once somebody asked for it. */
  #stream: PacedStream | undefined
  /** All of it has come. */
  #ended = false
  #trailers: HeaderList | undefined

  constructor(init: PacerInit) {
    super(init.exchange.downstream)
    this.#pacer = new Pacer(init, this)
  }

  override readBody(stream: RequestStream): void {
    // The same stream again after it was full: for the client it has to be the same one, too.
    if (this.#stream?.inner !== stream) this.#stream = new PacedStream(stream, this)
    this.#pacer.resume()
  }

  override holdBody(): void {
    this.#pacer.block()
    this.inner.holdBody()
  }

  // What comes of the body.

  take(buffer: Buffer, start: number, end: number): boolean {
    return this.#pacer.take(buffer, start, end) && this.#pacer.isEmpty
  }

  finish(trailers: HeaderList | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    if (this.#pacer.isEmpty) this.#stream!.inner.end(trailers)
  }

  // What the pacer asks.

  pass(buffer: Buffer, start: number, end: number): boolean {
    return this.#stream!.inner.data(buffer, start, end)
  }

  passed(): boolean {
    if (this.#ended && this.#pacer.isEmpty) this.#stream!.inner.end(this.#trailers)
    else this.#stream!.inner.flush()
    return true
  }

  emptied(): void {
    if (!this.#ended) this.inner.readBody(this.#stream!)
  }
}

class PacedStream extends PassingStream {
  readonly #upload: PacedUpload

  constructor(inner: RequestStream, upload: PacedUpload) {
    super(inner)
    this.#upload = upload
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    return this.#upload.take(buffer, start, end)
  }

  override end(trailers: HeaderList | undefined): void {
    this.#upload.finish(trailers)
  }
}
