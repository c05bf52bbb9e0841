/**
 * A request whose body waits until the endpoint has asked for it (`Expect: 100-continue`, RFC 9110 section 10.1.1), while
 * endpoints come and go. What lies in the kernel of an application that is about to end was read by nobody, and the
 * connection ends without a word: that would be the end of a request that must not be repeated. Without its body it was
 * never complete, so it may go to another endpoint. Costs a round trip, in those seconds alone.
 *
 * An application that takes no notice is sent the body after a moment all the same, and not asked for a while.
 */
import type { Clock } from '../../lib/clock.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import type { Parting, RequestStream, ResponseSink, TunnelEnd } from '../sides.ts'

/** Longer than a busy machine lets a process wait; of those that answer nobody takes so long. */
const WAIT_MS = 500

export interface AskingInit {
  readonly clock: Pick<Clock, 'after'>
  /** The application has answered without ever having asked for the body, or does not take such requests. */
  readonly ignored: () => void
}

/** For the forwarding it is the stream until the body flows; for the connection it is who hears of the answer. */
export class AskingFirst implements RequestStream, ResponseSink {
  readonly #sink: ResponseSink
  readonly #init: AskingInit
  readonly #connection: RequestStream
  /** Whether the body is kept back. */
  #waiting = true
  /** Whether the endpoint has asked for it. */
  #asked = false
  #over = false
  #cancel: (() => void) | undefined = undefined

  /** @param connection begins the request next, with this as its sink. */
  constructor(sink: ResponseSink, connection: RequestStream, init: AskingInit) {
    this.#sink = sink
    this.#connection = connection
    this.#init = init
  }

  // What the endpoint does.

  opened(): void {
    this.#cancel = this.#init.clock.after(WAIT_MS, () => this.#proceed())
    // Whoever gives a body would have done that.
    this.#connection.flush()
  }

  informational(status: number, headers: HeaderList): void {
    if (status !== 100) return this.#sink.informational(status, headers)
    this.#asked = true
    this.#proceed()
  }

  head(status: number, headers: HeaderList, length: number): void {
    const isRefusal = this.#waiting && status === 417
    if (isRefusal || (!this.#asked && !this.#waiting)) this.#init.ignored()
    this.#stopWaiting()
    if (!isRefusal) return this.#sink.head(status, headers, length)
    this.#over = true
    this.#connection.abort()
    this.#sink.fault('expectation-refused')
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#over || this.#sink.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    if (!this.#over) this.#sink.end(trailers)
  }

  upgraded(headers: HeaderList, peer: TunnelEnd): TunnelEnd {
    return this.#sink.upgraded(headers, peer)
  }

  /** The kernel has taken the head: that is not the endpoint's word. */
  resumeRequest(): void {
    if (!this.#waiting) this.#sink.resumeRequest()
  }

  displaced(): boolean {
    return this.#sink.displaced()
  }

  fault(code: FaultCode): void {
    const isUnread = this.#waiting && code === 'upstream-reset-before-response'
    this.#stopWaiting()
    this.#sink.fault(isUnread ? 'upstream-closed-unasked' : code)
  }

  goAway(code: FaultCode, last: boolean): Parting {
    return this.#sink.goAway(code, last)
  }

  // What both sides ask of the other one.

  flush(): boolean {
    return this.#over || this.#sink.flush()
  }

  resumeResponse(): void {
    this.#connection.resumeResponse()
  }

  abort(): void {
    this.#over = true
    this.#stopWaiting()
    this.#connection.abort()
  }

  #proceed(): void {
    if (!this.#waiting) return
    this.#stopWaiting()
    this.#sink.opened(this.#connection)
  }

  #stopWaiting(): void {
    this.#waiting = false
    this.#cancel?.()
    this.#cancel = undefined
  }
}
