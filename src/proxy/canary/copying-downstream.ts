/** The client's side of an exchange, with an eye on the body: what goes by is kept as well, up to a bound. */
import { Buffer } from 'node:buffer'
import type { HeaderList } from '../headers.ts'
import type { ClientObserver, Downstream, Reply, RequestStream, TunnelEnd } from '../sides.ts'

export interface KeptBody {
  readonly bytes: Buffer
  readonly trailers: HeaderList | undefined
}

export interface CopyInit {
  /** Bytes; nothing is kept of a larger body. */
  readonly most: number
  /** Called when all of it went by and was kept. */
  readonly whole: () => void
}

export class CopyingDownstream implements Downstream {
  readonly #inner: Downstream
  readonly #init: CopyInit
  readonly #parts: Buffer[] = []
  #bytes = 0
  #stream: CopyingStream | undefined
  kept: KeptBody | undefined = undefined

  constructor(inner: Downstream, init: CopyInit) {
    this.#inner = inner
    this.#init = init
  }

  get client(): Downstream['client'] {
    return this.#inner.client
  }

  get requestComplete(): boolean {
    return this.#inner.requestComplete
  }

  attach(observer: ClientObserver): void {
    this.#inner.attach(observer)
  }

  readBody(stream: RequestStream): void {
    // The same stream again after it was full: for the client it has to be the same one, too.
    if (this.#stream?.inner !== stream) this.#stream = new CopyingStream(stream, this)
    this.#inner.readBody(this.#stream)
  }

  holdBody(): void {
    this.#inner.holdBody()
  }

  informational(status: number, headers: HeaderList): void {
    this.#inner.informational(status, headers)
  }

  head(status: number, headers: HeaderList, length: number): void {
    this.#inner.head(status, headers, length)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#inner.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#inner.end(trailers)
  }

  flush(): boolean {
    return this.#inner.flush()
  }

  reply(reply: Reply): void {
    this.#inner.reply(reply)
  }

  reset(): void {
    this.#inner.reset()
  }

  tunnel(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    return this.#inner.tunnel(headers, peer)
  }

  /** A part of the body went by. */
  passed(buffer: Buffer, start: number, end: number): void {
    this.#bytes += end - start
    if (this.#bytes <= this.#init.most) this.#parts.push(Buffer.from(buffer.subarray(start, end)))
    else this.#parts.length = 0
  }

  /** All of it did. */
  complete(trailers: HeaderList | undefined): void {
    if (this.#bytes > this.#init.most || this.kept !== undefined) return
    this.kept = { bytes: Buffer.concat(this.#parts), trailers }
    this.#init.whole()
  }
}

class CopyingStream implements RequestStream {
  readonly inner: RequestStream
  readonly #copy: CopyingDownstream

  constructor(inner: RequestStream, copy: CopyingDownstream) {
    this.inner = inner
    this.#copy = copy
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    // Before anybody may write over it.
    this.#copy.passed(buffer, start, end)
    return this.inner.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.inner.end(trailers)
    this.#copy.complete(trailers)
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
