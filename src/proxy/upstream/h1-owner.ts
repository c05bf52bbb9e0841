/** What a connection to an endpoint asks of its pool. */
import type { EndpointSpec } from '../../model/cluster.ts'
import type { H1Shared } from './h1-shared.ts'

/** Where a connection comes from, and where it waits between requests. */
export interface H1Owner<Connection> {
  readonly spec: EndpointSpec
  /** `address:port`, IPv6 in brackets. */
  readonly id: string
  readonly transport: H1Shared
  /** A connection has done its work; false where it is not wanted any more. */
  keep(connection: Connection): boolean
  /** How long a connection waits there; 0 is for ever. */
  idleMs(): number
  /** An idle connection died. */
  forget(connection: Connection): void
  /** A connection is over, idle or not. */
  closed(connection: Connection): void
}
