/** The answer on one stream of an endpoint: its heads, its body as the client takes it, and what becomes of it. */
import type { FaultCode } from '../faults.ts'
import { markFields } from '../field-names.ts'
import { Inbox, type InboxOwner } from '../h2/inbox.ts'
import type { HeaderList } from '../headers.ts'
import { ERROR_CODES, type Violation } from '../http2/errors.ts'
import type { ResponseHead } from '../http2/heads.ts'
import type { ResponseSink as StreamSink } from '../http2/stream.ts'
import type { ResponseSink } from '../sides.ts'

const LENGTH = markFields('content-length')
/** Times that ran out. */
const TIMED: ReadonlySet<Violation> = new Set([
  'window-stalled',
  'preface-timeout',
  'settings-unanswered',
  'block-timeout',
] as const)

/** The request that it answers. */
export interface H2AnswerOwner {
  readonly sink: ResponseSink
  /** Whether there is a body on its stream, whatever its length says. */
  readonly bodyless: boolean
  /** Whether nobody wants to hear of it any more. */
  readonly over: boolean
  /** Something of it came, and was handed on if the client takes it. */
  came(): void
  /** The client takes it again, or does not any more. */
  turned(): void
  consumed(bytes: number): void
  writable(): void
  completed(): void
  failed(code: FaultCode): void
}

export class H2Answer implements StreamSink, InboxOwner {
  /** All connections read into one buffer. */
  readonly volatile = true
  /** Whether the final head was handed on. */
  started = false
  readonly #owner: H2AnswerOwner
  readonly #inbox: Inbox = new Inbox(this)

  constructor(owner: H2AnswerOwner) {
    this.#owner = owner
  }

  /** Whether the client takes it. */
  get flowing(): boolean {
    return !this.started || this.#inbox.flowing
  }

  /** The client can take more. */
  flow(): void {
    const { sink, over } = this.#owner
    if (this.started && !over && !this.#inbox.complete) this.#inbox.flow(sink)
  }

  /** It can take no more for the moment. */
  hold(): void {
    if (this.started && !this.#inbox.complete) this.#inbox.hold()
  }

  // What the endpoint sends.

  informational({ status, fields }: ResponseHead): void {
    // Neither a 1xx nor a 204 may announce a length (RFC 9110 section 8.6).
    fields.deleteMarked(LENGTH)
    this.#owner.sink.informational(status, fields)
    this.#owner.came()
  }

  head({ status, fields, contentLength }: ResponseHead, ended: boolean): void {
    const { sink, bodyless } = this.#owner
    if (status === 204) fields.deleteMarked(LENGTH)
    this.started = true
    sink.head(status, fields, ended || bodyless ? 0 : contentLength)
    if (ended) this.end(undefined)
    this.flow()
    this.#owner.came()
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.#inbox.data(bytes, start, end)
    this.#owner.came()
  }

  end(trailers: HeaderList | undefined): void {
    this.#inbox.end(trailers)
  }

  writable(): void {
    this.#owner.writable()
  }

  reset(code: number, violation: Violation | undefined): void {
    this.broken(code, violation)
  }

  // What the inbox asks.

  admit(): boolean {
    return !this.#owner.over
  }

  consumed(bytes: number): void {
    this.#owner.consumed(bytes)
  }

  moved(): void {
    if (this.#inbox.complete) this.#owner.completed()
    else this.#owner.turned()
  }

  broken(code: number, violation: Violation | undefined): void {
    this.#owner.failed(this.#faultOf(code, violation))
  }

  #faultOf(code: number, violation: Violation | undefined): FaultCode {
    if (violation !== undefined) return TIMED.has(violation) ? 'upstream-timeout' : 'upstream-invalid'
    if (this.started) return 'upstream-reset-in-response'
    // Section 8.7: what was refused was not looked at.
    return code === ERROR_CODES.REFUSED_STREAM ? 'stream-refused' : 'upstream-reset-before-response'
  }
}
