/** The body of the request being served: counts it, holds it against its limit, hands it on. */
import type { ProxySettings } from '../../model/settings.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import { BodyReader } from '../http1/body.ts'
import { forwardableTrailers } from '../http1/trailers.ts'
import type { BodySink } from '../sides.ts'

export class RequestBody implements BodySink {
  /** Whether somebody takes it now. */
  flowing = false
  fault: FaultCode | undefined = undefined
  readonly #exchange: Exchange
  readonly #reader: BodyReader
  #sink: BodySink | undefined
  #complete = false

  constructor(exchange: Exchange, limits: ProxySettings['limits']) {
    this.#exchange = exchange
    this.#reader = new BodyReader(exchange.bodyLength, limits)
  }

  get complete(): boolean {
    return this.#complete
  }

  /**
   * Hands the bytes `buffer[at, end)` on.
   * @returns the offset behind the last one used; -1 with `fault` set.
   */
  read(buffer: Buffer, at: number, end: number, sink: BodySink): number {
    this.#sink = sink
    const next = this.#reader.read(buffer, at, end, this)
    if (this.#reader.paused) this.flowing = false
    if (next < 0) this.fault = this.#reader.fault
    return this.fault === undefined ? next : -1
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    const exchange = this.#exchange
    exchange.bytesReceived += end - start
    if (exchange.bytesReceived > exchange.maxBodyBytes) this.fault = 'body-too-large'
    return this.fault !== undefined || this.#sink!.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    if (this.fault !== undefined) return
    this.#complete = true
    this.#sink!.end(forwardableTrailers(trailers))
  }
}
