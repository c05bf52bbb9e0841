/** What a connection to an endpoint asks of its pool. */
import type { Dialer, Dialing } from './dialer.ts'
import type { UpstreamShared } from './upstream-shared.ts'

/** Where a connection comes from, and where it waits between requests. */
export interface H1Owner<Connection> extends Dialing {
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  readonly shared: UpstreamShared
  readonly dialer: Pick<Dialer, 'ready' | 'scheme' | 'slack'>
  /** A connection has done its work; false where it is not wanted any more. */
  keep(connection: Connection): boolean
  /**
   * How long a connection waits there; 0 is for ever.
   * @param announcedMs how long the endpoint says that it does; 0 where it said nothing.
   */
  idleMs(announcedMs: number): number
  /** The endpoint closed an idle connection. */
  hungUp(connection: Connection): void
  /** An idle connection died. */
  forget(connection: Connection): void
  /** A connection is over, idle or not. */
  closed(connection: Connection): void
}
