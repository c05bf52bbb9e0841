/** Writes the responses of one HTTP/1.1 downstream connection: heads, framing, persistence. */
import type { Exchange, ExchangeInit } from '../exchange.ts'
import { FAULTS, type FaultCode } from '../faults.ts'
import { FIELD_IDS } from '../field-names.ts'
import type { HeaderList } from '../headers.ts'
import { isBodyless } from '../http1/framing.ts'
import { chunkSize, lastChunk, statusLine } from '../http1/serialize.ts'
import type { Output } from '../output.ts'
import { replyMessage } from '../reply.ts'
import type { Reply } from '../sides.ts'

const DATE_BIT = 1 << FIELD_IDS.date

export class H1Response {
  /** Whether the final head of the current response was given. */
  started = false
  /** Whether the connection closes after the current response. */
  close = false
  /** Whether the current body ends with the connection. */
  untilClose = false
  readonly #output: Output
  readonly #date: () => string
  #bodyless = false
  #chunked = false
  /** Whether the client speaks HTTP/1.0, where a connection persists only if both sides say so. */
  #old = false

  constructor(output: Output, date: () => string) {
    this.#output = output
    this.#date = date
  }

  /** A new request is about to be answered. */
  reset({ persistent, version }: Pick<ExchangeInit, 'persistent' | 'version'>): void {
    this.started = false
    this.close = !persistent
    this.#old = version === '1.0'
    this.untilClose = false
    this.#chunked = false
    this.#bodyless = false
  }

  informational(exchange: Exchange, status: number, headers: HeaderList): void {
    // HTTP/1.0 knows no interim responses (RFC 9110 section 15.2).
    if (exchange.version === '1.0') return
    this.#output.text(`${statusLine(status)}${headers.lines()}\r\n`)
    this.#output.flush()
  }

  head(exchange: Exchange, status: number, headers: HeaderList, length: number): void {
    this.started = true
    this.#bodyless = isBodyless(status, exchange.method)
    if (length < 0 && !this.#bodyless) {
      this.#chunked = !this.#old
      this.untilClose = this.#old
      if (this.#old) this.close = true
    }
    this.#output.text(this.#headText(status, headers))
  }

  /** 101: the connection leaves HTTP behind. */
  upgrade(headers: HeaderList): void {
    this.started = true
    this.#output.text(`${statusLine(101)}${headers.lines()}Connection: Upgrade\r\n\r\n`)
  }

  data(buffer: Buffer, start: number, end: number): boolean {
    if (this.#bodyless) return true
    if (!this.#chunked) return this.#output.bytes(buffer, start, end)
    this.#output.text(chunkSize(end - start))
    const clear = this.#output.bytes(buffer, start, end)
    this.#output.text('\r\n')
    return clear
  }

  end(trailers: HeaderList | undefined): void {
    if (this.#chunked) this.#output.text(lastChunk(trailers))
  }

  /** A complete answer of the proxy's own. @returns the bytes of its body. */
  reply(reply: Reply, request: { method: string; requestId: string; accept: string | undefined }): number {
    const { status, headers, body } = replyMessage(reply, request)
    this.started = true
    this.#output.text(this.#headText(status, headers))
    if (request.method === 'HEAD') return 0
    this.#output.text(body)
    return body.length
  }

  /** The answer to bytes that never became a request. @param method where it could be made out. */
  refuse(code: FaultCode, method = 'GET'): void {
    // The framing of the response before it is none of its business.
    this.reset({ persistent: false, version: '1.1' })
    this.reply({ status: FAULTS[code].status, fault: code }, { method, requestId: '', accept: undefined })
  }

  #headText(status: number, headers: HeaderList): string {
    const date = (headers.seen & DATE_BIT) === 0 ? `Date: ${this.#date()}\r\n` : ''
    const framing = this.#chunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const persistence = this.close ? 'Connection: close\r\n' : this.#old ? 'Connection: keep-alive\r\n' : ''
    return `${statusLine(status)}${headers.lines()}${date}${framing}${persistence}\r\n`
  }
}
