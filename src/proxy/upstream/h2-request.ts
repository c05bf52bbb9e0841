/**
 * One request to an endpoint by HTTP/2: it waits for a connection with room, where there is none, and then has a stream;
 * and another one, where the endpoint says that it did not look at it.
 */
import type { Timed } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import { ERROR_CODES } from '../http2/errors.ts'
import type { Stream, ResponseSink as StreamSink } from '../http2/stream.ts'
import type { Leaver, Parting, RequestStream, ResponseSink } from '../sides.ts'
import type { OpenOptions } from '../types.ts'
import { H2Answer, type H2AnswerOwner } from './h2-answer.ts'
import { requestHead } from './h2-head.ts'
import type { Answered, H2Queue, H2Streams } from './h2-owner.ts'
import { H2Upload } from './h2-upload.ts'

/** How often a request is sent again to an endpoint that refuses it before that is a fault. */
const MOST_REFUSALS = 3

export class H2Request implements RequestStream, H2AnswerOwner, Answered, Timed, Leaver {
  slot = -1
  deadline = 0
  readonly exchange: Exchange
  readonly sink: ResponseSink
  readonly options: OpenOptions
  /** Whether some of the answer was handed on in the read under way. */
  noted = false
  readonly #queue: H2Queue<H2Request>
  readonly #upload: H2Upload
  #answer: H2Answer = new H2Answer(this)
  #connection: H2Streams | undefined = undefined
  #stream: Stream<StreamSink> | undefined = undefined
  #refusals = 0
  #over = false

  constructor(
    queue: H2Queue<H2Request>,
    { exchange, sink, options }: Pick<H2Request, 'exchange' | 'sink' | 'options'>,
  ) {
    this.exchange = exchange
    this.sink = sink
    this.options = options
    this.#upload = new H2Upload(exchange.hasBody)
    this.#queue = queue
    queue.shared.deadlines.add(this)
  }

  /** There is no room yet. */
  wait(): void {
    this.deadline = this.#queue.shared.deadlines.in(this.options.connectMs)
  }

  /** Sends the head, and what there is of a body, on a connection that has room. */
  begin(connection: H2Streams): void {
    const upload = this.#upload
    const { http } = connection
    const isEmpty = upload.isEmpty
    const stream = http.request(requestHead(this.exchange, this.#queue), isEmpty, this.#answer)!
    this.#connection = connection
    this.#stream = stream
    this.#queue.begun(this)
    connection.touch()
    const goesOn = !isEmpty && upload.begin({ http, stream })
    this.#expect()
    if (this.#refusals === 0) this.sink.opened(this)
    else if (goesOn) this.sink.resumeRequest()
  }

  // What the client's side gives.

  data(buffer: Buffer, start: number, end: number): boolean {
    if (this.#over) return true
    const isTaken = this.#upload.data(buffer, start, end)
    this.#connection?.touch()
    if (!isTaken) this.#expect()
    return isTaken
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#over) return
    this.#upload.end(trailers)
    this.#connection?.touch()
    this.#expect()
  }

  flush(): void {
    this.#connection?.touch()
  }

  resumeResponse(): void {
    if (this.#over || this.#answer.flowing) return
    this.#answer.flow()
    this.flushAnswer()
  }

  abort(): void {
    this.#reset()
    this.#finish()
  }

  // What the connection and the queue ask.

  /** The end of a read that brought some of the answer. */
  flushAnswer(): void {
    this.noted = false
    if (!this.#over && !this.sink.flush()) this.#answer.hold()
  }

  failed(code: FaultCode): void {
    if (this.#over || (code === 'stream-refused' && this.#goesAgain())) return
    this.#finish()
    this.sink.fault(code)
  }

  /** The endpoint leaves: what was not sent goes elsewhere, where there is another one. */
  displace(): void {
    const isUnsent = this.#stream === undefined && this.#refusals === 0
    if (!this.#over && isUnsent && this.sink.displaced()) this.#finish()
  }

  leave(last: boolean): Parting {
    return this.sink.goAway('endpoint-leaving', last)
  }

  onDeadline(): void {
    const isWaiting = this.#stream === undefined
    this.#reset()
    this.failed(isWaiting ? this.#queue.lateFault : 'upstream-timeout')
  }

  // What the answer tells.

  get over(): boolean {
    return this.#over
  }

  get bodyless(): boolean {
    return this.#stream?.bodyless === true
  }

  came(): void {
    if (this.#over) return
    this.#upload.forget()
    this.#connection!.answered(this)
    this.#expect()
  }

  turned(): void {
    this.#expect()
  }

  consumed(bytes: number): void {
    this.#connection!.http.consumed(this.#stream!, bytes)
    this.#connection!.touch()
  }

  writable(): void {
    const goesOn = this.#upload.writable()
    this.#connection!.touch()
    if (goesOn) this.sink.resumeRequest()
    this.#expect()
  }

  /** The endpoint may answer before it has read all of the request, and then wants no more of it. */
  completed(): void {
    if (this.#over) return
    if (!this.#upload.given || this.#upload.blocked) this.#reset()
    this.#finish()
  }

  /** At no cost of an attempt: for the endpoint it never was one (RFC 9113 section 8.7). */
  #goesAgain(): boolean {
    if (!this.#upload.isWhole || this.#refusals === MOST_REFUSALS) return false
    this.#refusals++
    this.#leaveStream()
    this.#connection = undefined
    this.#stream = undefined
    this.#upload.detach()
    this.#answer = new H2Answer(this)
    this.#queue.queued(this)
    return true
  }

  /** The gap runs while the endpoint owes us something: see H1Upstream. */
  #expect(): void {
    if (this.#over || this.#stream === undefined) return
    const owing = (this.#upload.given || this.#upload.blocked) && this.#answer.flowing
    this.deadline = owing ? this.#queue.shared.deadlines.in(this.options.responseGapMs) : 0
  }

  #reset(): void {
    if (this.#over || this.#stream === undefined) return
    this.#connection!.http.reset(this.#stream, ERROR_CODES.CANCEL)
    this.#connection!.touch()
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#queue.shared.deadlines.remove(this)
    if (this.#connection === undefined) this.#queue.unqueued(this)
    else this.#leaveStream()
  }

  #leaveStream(): void {
    this.#queue.ended(this)
    this.#connection!.released()
  }
}
