/** The client's side of an exchange, with an eye on the body: what goes by is kept as well, up to a bound. */
import { Buffer } from 'node:buffer'
import type { HeaderList } from '../headers.ts'
import { PassingDownstream, PassingStream } from '../passing-downstream.ts'
import type { Downstream, RequestStream } from '../sides.ts'

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

export class CopyingDownstream extends PassingDownstream {
  readonly #init: CopyInit
  readonly #parts: Buffer[] = []
  #bytes = 0
  #stream: CopyingStream | undefined
  kept: KeptBody | undefined = undefined

  constructor(inner: Downstream, init: CopyInit) {
    super(inner)
    this.#init = init
  }

  override readBody(stream: RequestStream): void {
    // The same stream again after it was full: for the client it has to be the same one, too.
    if (this.#stream?.inner !== stream) this.#stream = new CopyingStream(stream, this)
    this.inner.readBody(this.#stream)
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

class CopyingStream extends PassingStream {
  readonly #copy: CopyingDownstream

  constructor(inner: RequestStream, copy: CopyingDownstream) {
    super(inner)
    this.#copy = copy
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    // Before anybody may write over it.
    this.#copy.passed(buffer, start, end)
    return this.inner.data(buffer, start, end)
  }

  override end(trailers: HeaderList | undefined): void {
    this.inner.end(trailers)
    this.#copy.complete(trailers)
  }
}
