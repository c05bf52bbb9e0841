/** Reads the heads of the requests on one HTTP/1.1 connection, up to and over the trust boundary. */
import type { ExchangeInit } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import { HeadBuffer } from '../http1/head-buffer.ts'
import type { HeadText } from '../http1/head-text.ts'
import { parseRequestHead } from '../http1/request-head.ts'
import type { Client } from './client.ts'
import type { DownstreamHost } from './host.ts'
import { type NormalizeInput, normalize } from './normalize.ts'

const PREFACE_LINE = 'PRI * HTTP/2.0\r\n'
/** Three words and nothing of HTTP: a preface that is broken. What could be meant as a request line is answered. */
const FOREIGN = /^(?!(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE) )[A-Z]+ [A-Z]+ (?!HTTP)[A-Z]+\r\n/

export class H1Requests {
  /** Monotonic milliseconds of the first byte of the last request. */
  startedAt = 0
  /** Offset behind what the last `take` has used. */
  next = 0
  /** Of a head that was refused, where it could be made out. */
  method: string | undefined = undefined
  /** Whether what was refused is how HTTP/2 begins (RFC 9113 section 3.4). */
  isPreface = false
  /** Whether what was refused is of another protocol: who sent it would not understand an answer. */
  isForeign = false
  readonly #host: DownstreamHost
  readonly #head: HeadBuffer
  readonly #about: NormalizeInput
  #isFirst = true

  constructor(host: DownstreamHost, client: Client) {
    const { limits } = host.settings()
    this.#host = host
    this.#head = new HeadBuffer(limits.requestLineBytes + limits.headerBytes, true)
    this.#about = { client, freshId: host.freshId }
  }

  /** Whether part of a head has come. */
  get started(): boolean {
    return this.#head.started
  }

  /** Takes `bytes[at, end)`. @returns undefined where more has to come. */
  take(bytes: Buffer, at: number, end: number): ExchangeInit | FaultCode | undefined {
    if (!this.#head.started) this.startedAt = this.#host.now()
    const lines = this.#head.take(bytes, at, end)
    this.method = undefined
    if (lines === undefined) {
      this.next = end
      return this.#head.fault
    }
    this.next = this.#head.next
    const head = parseRequestHead(lines, this.#host.settings().limits)
    if (typeof head === 'string') {
      if (this.#isFirst) this.#recognise(lines)
      return head
    }
    this.#isFirst = false
    this.method = head.method
    return normalize(head, this.#about, this.startedAt)
  }

  #recognise({ text, length }: HeadText): void {
    this.isPreface = length === PREFACE_LINE.length && text.startsWith(PREFACE_LINE)
    this.isForeign = FOREIGN.test(text)
  }
}
