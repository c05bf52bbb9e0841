/** The client's side of an exchange that gets the body of its answer as fast as a limit allows. */
import type { Exchange } from '../../exchange.ts'
import type { FaultCode } from '../../faults.ts'
import type { HeaderList } from '../../headers.ts'
import { PassingDownstream } from '../../passing-downstream.ts'
import type { Parting, Reply } from '../../sides.ts'
import { type PacedTarget, Pacer, type PacerInit } from './pacer.ts'

export class PacedDownstream extends PassingDownstream implements PacedTarget {
  readonly #exchange: Exchange
  readonly #pacer: Pacer
  /** The answer was given to its end. */
  #ended = false
  #trailers: HeaderList | undefined

  constructor(init: PacerInit) {
    super(init.exchange.downstream)
    this.#exchange = init.exchange
    this.#pacer = new Pacer(init, this)
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    return this.#pacer.take(buffer, start, end)
  }

  override end(trailers: HeaderList | undefined): void {
    if (this.#pacer.isEmpty) return this.inner.end(trailers)
    this.#ended = true
    this.#trailers = trailers
    // Nobody else will have the head sent.
    this.flush()
  }

  /** What is kept is waited for as well. */
  override flush(): boolean {
    const clear = this.inner.flush()
    if (!clear) this.#pacer.block()
    return clear && this.#pacer.isEmpty
  }

  override reply(reply: Reply): void {
    this.#drop()
    this.inner.reply(reply)
  }

  override reset(): void {
    this.#drop()
    this.inner.reset()
  }

  override resumeResponse(): void {
    this.#pacer.resume()
  }

  /** Once the answer is complete nobody but this one has to hear of it. */
  override clientFault(code: FaultCode): void {
    this.#drop()
    if (!this.#ended) return super.clientFault(code)
    this.#exchange.fault = code
    if (code !== 'client-gone') this.inner.reset()
  }

  override goAway(code: FaultCode, last: boolean): Parting {
    return this.#ended ? 'later' : super.goAway(code, last)
  }

  // What the pacer asks.

  pass(buffer: Buffer, start: number, end: number): boolean {
    return this.inner.data(buffer, start, end)
  }

  passed(): boolean {
    if (!this.#ended || !this.#pacer.isEmpty) return this.inner.flush()
    this.inner.end(this.#trailers)
    return true
  }

  emptied(): void {
    // Whoever gave all of it serves somebody else by now.
    if (!this.#ended) this.observer?.resumeResponse()
  }

  #drop(): void {
    this.#exchange.bytesSent -= this.#pacer.drop()
  }
}
