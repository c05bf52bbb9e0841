/**
 * The answer on one HTTP/2 stream, as it is written: head, body as far as windows and output allow, the end behind what
 * has to wait.
 */
import { FIELD_IDS } from '../field-names.ts'
import { Outbox } from '../h2/outbox.ts'
import type { HeaderList } from '../headers.ts'
import { isBodyless } from '../http1/framing.ts'
import { ERROR_CODES } from '../http2/errors.ts'
import type { ServerConnection } from '../http2/server.ts'
import type { Stream } from '../http2/stream.ts'
import { type Asked, replyMessage } from '../reply.ts'
import type { Reply } from '../sides.ts'

const DATE_BIT = 1 << FIELD_IDS.date

/** What an answer of our own depends on. */
export interface H2Asked extends Asked {
  readonly method: string
}

export class H2Answer {
  readonly #http: ServerConnection
  readonly #stream: Stream
  readonly #date: () => HeaderList
  #outbox: Outbox | undefined = undefined
  #bodyless = false
  /** Bytes of the body that are still to come; negative where nobody knows. */
  #left = -1
  /** Whether it was given to its end. */
  #ended = false
  #trailers: HeaderList | undefined = undefined

  /** @param date the Date field as a list. */
  constructor(http: ServerConnection, stream: Stream, date: () => HeaderList) {
    this.#http = http
    this.#stream = stream
    this.#date = date
  }

  /** Whether some of it waits for the client. */
  get waits(): boolean {
    return this.#outbox !== undefined
  }

  informational(status: number, headers: HeaderList): void {
    this.#http.informational(this.#stream, status, headers)
  }

  /** @param length of the body in bytes, negative where it is not known beforehand. */
  head(status: number, headers: HeaderList, { method, length }: { method: string; length: number }): void {
    this.#left = length
    this.#bodyless = isBodyless(status, method)
    if ((headers.seen & DATE_BIT) === 0) headers.append(this.#date())
    this.#http.respond(this.#stream, status, { fields: headers, sensitive: undefined }, false)
  }

  /** The head of a tunnel; everything behind it belongs to the two ends. */
  open(headers: HeaderList): void {
    this.#http.respond(this.#stream, 200, { fields: headers, sensitive: undefined }, false)
  }

  /** @returns false where the bytes are kept until the client takes more. */
  data(buffer: Buffer, start: number, end: number): boolean {
    const stream = this.#stream
    if (this.#bodyless || stream.closed) return true
    this.#left -= end - start
    if (this.#outbox !== undefined) {
      this.#outbox.add(buffer, start, end)
      return false
    }
    const taken = this.#http.write(stream, buffer, start, end, false)
    if (start + taken === end) return true
    this.#outbox = new Outbox(buffer, start + taken, end)
    // Of a body that is complete the giver need not wait: its connection is free for the next request.
    if (this.#left === 0) this.#outbox.own(0)
    return this.#left === 0
  }

  end(trailers: HeaderList | undefined): void {
    this.#ended = true
    this.#trailers = trailers
    if (this.#outbox === undefined) this.#http.end(this.#stream, trailers)
  }

  /** A complete answer of the proxy's own. @returns the bytes of its body. */
  reply(reply: Reply, asked: H2Asked): number {
    const { status, headers, body } = replyMessage(reply, asked)
    this.head(status, headers, { method: asked.method, length: body.length })
    this.data(Buffer.from(body, 'latin1'), 0, body.length)
    this.end(undefined)
    return this.#bodyless ? 0 : body.length
  }

  /** There is room again. @returns whether all that waited has gone, its end included. */
  drain(): boolean {
    const outbox = this.#outbox
    if (outbox === undefined) return true
    outbox.at += this.#http.write(this.#stream, outbox.bytes, outbox.at, outbox.end, false)
    if (outbox.at < outbox.end) return false
    this.drop()
    if (this.#ended) this.#http.end(this.#stream, this.#trailers)
    return true
  }

  /** What still comes is dropped: the client sees an answer without a body. */
  cutBody(): void {
    this.#bodyless = true
  }

  /** What waited has gone, or nobody is there to take it. */
  drop(): void {
    this.#outbox?.close()
    this.#outbox = undefined
  }

  /** Whoever answered before the request was over will not see the rest of it (RFC 9113 section 8.1). */
  stopUpload(): void {
    const { closed, sentEnd, receivedEnd } = this.#stream
    if (!closed && sentEnd && !receivedEnd) this.#http.reset(this.#stream, ERROR_CODES.NO_ERROR)
  }
}
