/** Reads the responses of one upstream connection, interim ones included, one request after the other. */
import type { ProxySettings } from '../../model/settings.ts'
import { FIELD_IDS, markFields } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'
import { BodyReader } from '../http1/body.ts'
import { connectionOptions, dropNominated } from '../http1/connection.ts'
import { isBodyless, responseBodyLength } from '../http1/framing.ts'
import { HeadBuffer } from '../http1/head-buffer.ts'
import type { HeadText } from '../http1/head-text.ts'
import { parseResponseHead, type ResponseHead } from '../http1/response-head.ts'
import { forwardableTrailers } from '../http1/trailers.ts'
import type { BodySink, ResponseSink } from '../sides.ts'
import { AnnouncedIdle } from './announced-idle.ts'

/** Fields that concern this connection alone (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = markFields('connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'te')
const UPGRADE_KEPT = markFields('connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te')
const LENGTH = markFields('content-length')
const UNUSUAL =
  (1 << FIELD_IDS.connection) |
  (1 << FIELD_IDS['keep-alive']) |
  (1 << FIELD_IDS['proxy-connection']) |
  (1 << FIELD_IDS['transfer-encoding']) |
  (1 << FIELD_IDS.upgrade) |
  (1 << FIELD_IDS.te)

/** What the meaning of an answer depends on. */
export interface Answered {
  readonly method: string
  /** Protocols that it offers to switch to, or empty. */
  readonly upgrade: string
}

export type Outcome = 'reading' | 'complete' | 'invalid' | 'upgraded'

export class ResponseReader implements BodySink {
  outcome: Outcome = 'reading'
  /** Whether the final head was handed on. */
  started = false
  /** Whether not a single byte has come of what would be the next answer. */
  silent = true
  /** Whether the connection may serve another request after this one. */
  reusable = false
  /** How long the endpoint keeps the connection without a request, in milliseconds; 0 where it does not say. */
  idleMs = 0
  /** Offset behind the last byte used by the last `read`. */
  rest = 0
  /** Fields of a 101. */
  headers: HeaderList | undefined = undefined
  #method = ''
  /** Protocols the request offered to switch to. */
  #upgrade = ''
  readonly limits: ProxySettings['limits']
  readonly #head: HeadBuffer
  readonly #body: BodyReader
  readonly #announced = new AnnouncedIdle()
  /** Who takes the body; set while one is read. */
  #sink: ResponseSink | undefined = undefined

  constructor(limits: ProxySettings['limits']) {
    this.limits = limits
    this.#head = new HeadBuffer(limits.headerBytes, false)
    this.#body = new BodyReader(0, limits)
  }

  /** The next response is the answer to this request; on whatever connection, once the last one was complete. */
  begin(request: Answered): void {
    this.outcome = 'reading'
    this.started = false
    this.silent = true
    this.reusable = false
    this.idleMs = 0
    this.rest = 0
    this.headers = undefined
    this.#method = request.method
    this.#upgrade = request.upgrade
    this.#sink = undefined
  }

  /** Keeps nobody alive whose answer it has read. */
  forget(): void {
    this.headers = undefined
    this.#sink = undefined
  }

  /** @returns false where the sink keeps bytes of the buffer. */
  read(buffer: Buffer, end: number, sink: ResponseSink): boolean {
    this.silent = false
    this.rest = 0
    while (!this.started) {
      const head = this.#head.take(buffer, this.rest, end)
      if (head === undefined) {
        if (this.#head.fault !== undefined) this.outcome = 'invalid'
        // Behind an interim answer everything is as it was.
        this.silent = this.rest === end
        return true
      }
      this.rest = this.#head.next
      this.outcome = this.#onHead(head, sink)
      if (this.outcome !== 'reading') return true
    }
    return this.#readBody(buffer, end, sink)
  }

  /** The connection ended. @returns whether that completes the response. */
  finishAtClose(sink: ResponseSink): boolean {
    if (!this.started || !this.#body.endsWithConnection) return false
    sink.end(undefined)
    return true
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    return this.#sink!.data(buffer, start, end)
  }

  end(trailers: HeaderList | undefined): void {
    this.#sink!.end(forwardableTrailers(trailers))
  }

  #readBody(buffer: Buffer, end: number, sink: ResponseSink): boolean {
    const body = this.#body
    this.#sink = sink
    if (body.done) sink.end(undefined)
    else {
      const next = body.read(buffer, this.rest, end, this)
      if (next < 0) {
        this.outcome = 'invalid'
        return true
      }
      this.rest = next
    }
    if (body.done) this.outcome = 'complete'
    return !body.paused
  }

  #onHead(lines: HeadText, sink: ResponseSink): Outcome {
    const head = parseResponseHead(lines, this.limits.headerFields)
    if (head === undefined) return 'invalid'
    if (head.status === 101) return this.#onUpgrade(head)
    if (head.status < 200) {
      dropNominated(head.fields, connectionOptions(head.fields))
      head.fields.deleteMarked(HOP_BY_HOP)
      // Neither a 1xx nor a 204 may announce a length (RFC 9110 section 8.6).
      head.fields.deleteMarked(LENGTH)
      sink.informational(head.status, head.fields)
      return 'reading'
    }
    return this.#onFinalHead(head, sink)
  }

  #onFinalHead({ status, minor, fields }: ResponseHead, sink: ResponseSink): Outcome {
    const bodyless = isBodyless(status, this.#method)
    // Judged even where no body follows: the client reads these fields too.
    const announced = responseBodyLength(fields, minor)
    if (typeof announced === 'string') return 'invalid'
    const length = bodyless ? 0 : announced
    this.reusable = minor === 1
    if ((fields.seen & UNUSUAL) !== 0) {
      const options = connectionOptions(fields)
      this.idleMs = this.#announced.of(fields.value(FIELD_IDS['keep-alive']))
      this.reusable = !options.close && (minor === 1 || options.keepAlive)
      dropNominated(fields, options)
      fields.deleteMarked(HOP_BY_HOP)
    }
    // A 204 must not announce a length (RFC 9110 section 8.6).
    if (status === 204) fields.deleteMarked(LENGTH)
    this.#body.reset(length, this.limits)
    if (this.#body.endsWithConnection) this.reusable = false
    this.started = true
    sink.head(status, fields, length)
    return 'reading'
  }

  /** 101 is an answer to an offer only, and to what was offered (RFC 9110 section 15.2.2). */
  #onUpgrade({ fields }: ResponseHead): Outcome {
    const protocol = fields.get('upgrade')?.toLowerCase()
    if (this.#upgrade === '' || protocol === undefined) return 'invalid'
    const offered = this.#upgrade
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
    if (!offered.includes(protocol)) return 'invalid'
    dropNominated(fields, connectionOptions(fields))
    fields.deleteMarked(UPGRADE_KEPT)
    this.headers = fields
    this.started = true
    return 'upgraded'
  }
}
