/** What a worker is to its downstream connections. */
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Exchange, ExchangeInit } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { HeaderList } from '../headers.ts'
import type { Violation } from '../http2/errors.ts'
import type { Downstream, Leaver } from '../sides.ts'
import type { TurnEnd } from '../turn-end.ts'
import type { Client } from './client.ts'
import type { ReadSpace } from './read-space.ts'

export interface Accepted<C> {
  readonly client: Client
  /** Runs once, when the connection is over. */
  readonly closed: (connection: C) => void
}

/** What a listener has open, from the accept to the end. */
export interface Connection extends Leaver {
  /** Whether a request is being served, or it is a tunnel. */
  readonly busy: boolean
  /** The proxy drains: what is idle ends in a moment, what is busy after its answer. */
  drain(): void
  /** The proxy ends: no more time for anything. */
  cut(): void
}

/** What is known of bytes that never became a request. */
export interface Refused {
  readonly client: Client
  readonly version: ExchangeInit['version']
  /** Monotonic milliseconds. */
  readonly startedAt: number
}

export interface DownstreamHost {
  readonly deadlines: Deadlines
  readonly space: ReadSpace
  readonly turnEnd: TurnEnd
  settings(): ProxySettings
  /** Monotonic milliseconds. */
  now(): number
  /** For the Date field. This and the next two need no `this`: all connections pass them on as they are. */
  readonly date: () => string
  /** The same as a field, to be appended to a list. */
  readonly dateFields: () => HeaderList
  readonly freshId: () => string
  /** Whether answers should announce the end of their connection. */
  retiring(): boolean
  /** Whether nothing new is accepted any more, so that connections without a request should end. */
  draining(): boolean
  exchange(init: ExchangeInit, downstream: Downstream): Exchange
  serve(exchange: Exchange): void
  /** Bytes were refused before they became a request; they are counted and logged all the same. */
  refused(code: FaultCode, what: Refused): void
  /** A client broke a rule of HTTP/2, or used up what it may; it was answered by the codec. */
  violated(violation: Violation): void
}
