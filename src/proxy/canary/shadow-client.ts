/** Stands in for the client of a copy: gives the body that was kept, and takes an answer that nobody reads. */
import { Buffer } from 'node:buffer'
import type { Exchange } from '../exchange.ts'
import type { HeaderList } from '../headers.ts'
import type { Downstream, RequestStream, TunnelEnd } from '../sides.ts'
import type { KeptBody } from './copying-downstream.ts'

const NOTHING: KeptBody = { bytes: Buffer.alloc(0), trailers: undefined }

export class ShadowClient implements Downstream {
  readonly client = { certificate: undefined }
  readonly requestComplete = true
  exchange: Exchange | undefined = undefined
  readonly #body: KeptBody
  #given = false

  constructor(body: KeptBody = NOTHING) {
    this.#body = body
  }

  attach(): void {}

  readBody(stream: RequestStream): void {
    const { bytes, trailers } = this.#body
    const isTaken = this.#given || bytes.length === 0 || stream.data(bytes, 0, bytes.length)
    this.#given = true
    if (isTaken) stream.end(trailers)
    stream.flush()
  }

  holdBody(): void {}

  informational(): void {}

  head(): void {}

  data(): boolean {
    return true
  }

  flush(): boolean {
    return true
  }

  end(_trailers: HeaderList | undefined): void {
    this.#over()
  }

  reply(): void {
    this.#over()
  }

  reset(): void {
    this.#over()
  }

  /** Requests that ask for an upgrade are not copied, and no answer upgrades what was not asked for. */
  tunnel(): TunnelEnd {
    throw new Error('a copy was upgraded')
  }

  /** Whenever that is: nobody counts how long it took. */
  #over(): void {
    this.exchange?.finish(0)
  }
}
