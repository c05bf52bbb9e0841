/**
 * One request and its response, from the trust boundary to the log line. The same shape for HTTP/1.1 and HTTP/2,
 * every field present from birth so that V8 sees one hidden class.
 */
import { FAULTS, type FaultCode } from './faults.ts'
import { FIELD_IDS } from './field-names.ts'
import type { HeaderList } from './headers.ts'
import type { Downstream } from './sides.ts'
import type { Endpoint, ExchangeObserver, Route } from './types.ts'

export interface ExchangeInit {
  readonly method: string
  readonly scheme: 'http' | 'https'
  readonly authority: string
  readonly host: string
  readonly serverName: string
  readonly path: string
  readonly query: string
  readonly version: '1.0' | '1.1' | '2'
  readonly requestHeaders: HeaderList
  readonly clientAddress: string
  readonly startedAt: number
  readonly hasBody: boolean
  /** Length of the request body in bytes; -1 where it is not known beforehand. */
  readonly bodyLength: number
  readonly upgrade: string
  readonly requestId: string
  readonly forwardedHost: string
  /** Whether the client wants the connection kept after this request. */
  readonly persistent: boolean
}

export class Exchange {
  // What the answer asks for comes first, so that it lies side by side: by then the rest has left the processor's caches.

  /** Replaced by what stands before it, where somebody watches what goes by. */
  downstream: Downstream
  readonly #observer: ExchangeObserver
  /** Once somebody has asked. */
  #isSecure: boolean | undefined = undefined
  route: Route | undefined = undefined
  endpoint: Endpoint | undefined = undefined
  readonly method: string
  /** Protocol the client asks to switch to (`websocket`), or empty. */
  readonly upgrade: string
  attempts = 0
  /** 0 until there is one. */
  status = 0
  responseHeaders: HeaderList | undefined = undefined
  fault: FaultCode | undefined = undefined
  /** Monotonic milliseconds. */
  readonly startedAt: number
  /** Monotonic milliseconds when the endpoint's head arrived; 0 before. */
  respondedAt = 0
  /** Bytes of bodies, without framing. */
  bytesReceived = 0
  bytesSent = 0
  /** What Set-Cookie is to say to a client that was given an endpoint of its own; empty for all others. */
  stickyCookie = ''
  /** The same for a client that was given a place among the variants of a canary. */
  canaryCookie = ''
  #finished = false
  /** What somebody gave out for as long as this lives. */
  #atEnd: (() => void) | undefined = undefined
  readonly hasBody: boolean
  readonly bodyLength: number
  /** It asked for its variant of a canary, and says nothing of what the others would meet there. */
  asksForVariant = false

  /** Most bytes of request body that are taken; Infinity without a limit. */
  maxBodyBytes = Number.POSITIVE_INFINITY
  readonly requestHeaders: HeaderList
  readonly scheme: 'http' | 'https'
  /** Host and port as the client sent them. */
  readonly authority: string
  /** Lower case, no port, no trailing dot: what routes are matched with. */
  readonly host: string
  /** The host that the client named when it opened the connection (TLS SNI), or empty. */
  readonly serverName: string
  /** Normalised; what was matched is what is forwarded, unless a filter says otherwise. */
  path: string
  /** With its question mark, or empty. */
  readonly query: string
  readonly version: '1.0' | '1.1' | '2'
  readonly clientAddress: string
  readonly requestId: string
  /** What X-Forwarded-Host says, for the codec to write; empty where the fields say it, or there is nothing to say. */
  readonly forwardedHost: string

  constructor(init: ExchangeInit, downstream: Downstream, observer: ExchangeObserver) {
    this.method = init.method
    this.scheme = init.scheme
    this.authority = init.authority
    this.host = init.host
    this.serverName = init.serverName
    this.path = init.path
    this.query = init.query
    this.version = init.version
    this.requestHeaders = init.requestHeaders
    this.clientAddress = init.clientAddress
    this.startedAt = init.startedAt
    this.hasBody = init.hasBody
    this.bodyLength = init.bodyLength
    this.upgrade = init.upgrade
    this.requestId = init.requestId
    this.forwardedHost = init.forwardedHost
    this.downstream = downstream
    this.#observer = observer
  }

  /** Whether the client speaks TLS, to us or to a trusted proxy before us: X-Forwarded-Proto is ours, or that one's. */
  get isSecure(): boolean {
    this.#isSecure ??= this.requestHeaders.value(FIELD_IDS['x-forwarded-proto']) === 'https'
    return this.#isSecure
  }

  /**
   * Is called when the exchange ends, however it does, before it is counted and logged; at once where it has ended
   * already, as it may while a filter waited.
   */
  whenFinished(then: () => void): void {
    if (this.#finished) return then()
    const before = this.#atEnd
    this.#atEnd =
      before === undefined
        ? then
        : () => {
            before()
            then()
          }
  }

  /** The endpoint's answer is the one that the client gets. */
  accept(status: number, headers: HeaderList): void {
    this.status = status
    this.responseHeaders = headers
    if (this.stickyCookie !== '') headers.add('Set-Cookie', this.stickyCookie)
  }

  /** It ends without an answer of an endpoint. */
  fail(code: FaultCode): void {
    this.fault = code
    this.status = FAULTS[code].status
  }

  /** Ends the exchange exactly once, on every path: this is where it is counted and logged. */
  finish(now: number): void {
    if (this.#finished) return
    this.#finished = true
    this.#atEnd?.()
    this.#observer.finished(this, now)
  }
}
