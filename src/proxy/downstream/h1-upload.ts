/** The request bodies of one HTTP/1.1 connection on their way to an endpoint: they flow, are held back, and have their time. */
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { RequestStream } from '../sides.ts'
import type { ClientSocket } from './client-socket.ts'
import type { DownstreamHost } from './host.ts'
import { RequestBody } from './request-body.ts'

export class H1Upload {
  readonly #socket: ClientSocket
  readonly #host: DownstreamHost
  /** What is still to come. */
  #body: RequestBody | undefined = undefined
  /** Where it goes, once somebody asked for it. */
  #stream: RequestStream | undefined = undefined

  constructor(socket: ClientSocket, host: DownstreamHost) {
    this.#socket = socket
    this.#host = host
  }

  /** Whether all of it was handed on, or there is none. */
  get complete(): boolean {
    return this.#body === undefined
  }

  /** Whether somebody takes it now. */
  get flowing(): boolean {
    return this.#body?.flowing === true
  }

  /** A request is about to be served. */
  begin(exchange: Exchange): void {
    this.#stream = undefined
    this.#body = exchange.hasBody ? new RequestBody(exchange, this.#host.settings().limits) : undefined
  }

  /** Lets it flow, at first and again after the stream has returned false. */
  flow(stream: RequestStream): void {
    this.#stream = stream
    this.#body!.flowing = true
    this.#socket.uploading = true
    this.expect()
  }

  /** Keeps the rest back until it is asked for again. */
  hold(): void {
    if (this.#body === undefined) return
    this.#body.flowing = false
    this.expect()
  }

  /**
   * Hands on what is at hand.
   * @returns whether there may be more to do at once, or what is wrong with it.
   */
  read(): boolean | FaultCode {
    const body = this.#body!
    const { early, earlyAt, earlyEnd } = this.#socket
    const next = body.read(early!, earlyAt, earlyEnd, this.#stream!)
    // The request is over.
    if (this.#body !== body) return false
    if (next < 0) return body.fault!
    this.#socket.used(next, body.flowing)
    if (body.complete) this.drop()
    this.expect()
    return true
  }

  /** What is at hand has joined the head of the request by now; the rest may be long in coming. */
  flush(): void {
    if (this.#body !== undefined) this.#stream?.flush()
  }

  /** Nothing of it is wanted any more. */
  drop(): void {
    this.#body = undefined
    this.#stream = undefined
    this.#socket.uploading = false
  }

  /** The client's time for the next part begins anew, or stops; while it has answers to take, its time is for those. */
  expect(): void {
    if (!this.#socket.blocked) this.#socket.expire(this.flowing ? this.#host.settings().timeouts.bodyGapMs : 0)
  }
}
