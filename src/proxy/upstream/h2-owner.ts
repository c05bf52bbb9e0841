/** What the parts of HTTP/2 to one endpoint are to each other. */
import type { Socket } from 'node:net'
import type { FaultCode } from '../faults.ts'
import type { ClientConnection } from '../http2/client.ts'
import type { Dialer, Reads } from './dialer.ts'
import type { UpstreamShared } from './upstream-shared.ts'

/** Where connections come from. */
export interface H2ConnectionOwner<Connection> {
  readonly shared: UpstreamShared
  readonly dialer: Pick<Dialer, 'ready' | 'scheme'>
  /** Opens a socket to the endpoint. */
  dial(reads: Reads): Socket
  /** How long a connection is kept without a request; 0 is for ever. */
  idleMs(): number
  /** It may take requests, or more of them. */
  hasRoom(connection: Connection): void
  /** It takes none any more. */
  retired(connection: Connection): void
  /** It has no request any more. @returns false where it is not to be kept. */
  rested(connection: Connection): boolean
  /** It is over. @param fault why it never stood, where that is so. */
  closed(connection: Connection, fault: FaultCode | undefined): void
}

/** Where requests wait for a connection with room, and are known while they are under way. */
export interface H2Queue<Request> {
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  readonly shared: UpstreamShared
  readonly dialer: Pick<Dialer, 'scheme'>
  /** Why a request has waited in vain. */
  readonly lateFault: FaultCode
  /** A request looks for a connection, and waits for one where none has room. */
  queued(request: Request): void
  /** A request that waited waits no more. */
  unqueued(request: Request): void
  /** A request was sent, and is over. */
  begun(request: Request): void
  ended(request: Request): void
}

/** Whose answer is flushed at the end of a read. */
export interface Answered {
  /** Whether some of it was handed on in the read under way. */
  noted: boolean
  flushAnswer(): void
}

/** A connection, as its requests use it. */
export interface H2Streams {
  readonly http: ClientConnection
  /** There is output: it leaves at the end of the turn. */
  touch(): void
  /** Some of an answer was handed on in this read. */
  answered(request: Answered): void
  /** A request is over. */
  released(): void
}
