/** What a listener asks of its worker, and what it is there for. */
import type { AddressSet } from '../../lib/cidr.ts'
import type { Random } from '../../lib/random.ts'
import type { PassthroughSpec } from '../../model/server-name.ts'
import type { PassedOn } from '../passed-on.ts'
import type { ConnectionCounts } from '../shared/connection-counts.ts'
import type { AcceptCounts } from './accept-counts.ts'
import type { Certificates } from './certificates.ts'
import type { Connection, DownstreamHost } from './host.ts'
import type { Introductions } from './introduction.ts'

export interface ListenerHost extends DownstreamHost {
  readonly connections: ConnectionCounts
  readonly random: Random
  trustedProxies(): AddressSet
  introductions(): Introductions
  /** Whether any endpoint is told of the connections of clients. */
  introduces(): boolean
  /** Of all listeners together. */
  readonly accepts: AcceptCounts
  /** Passes a connection on as it is. */
  relay(about: PassedOn<Connection>): Connection
}

/** What is done with connections; HTTP is spoken in clear text where it does not say. */
export interface ListenerRole {
  /** TLS is spoken, by these. */
  readonly certificates?: Certificates
  /** They go to an endpoint as they are, as it is said now. */
  readonly passes?: () => PassedPort
}

/** Where all connections of a port go to, and who introduces them. */
export interface PassedPort {
  readonly to: PassthroughSpec
  readonly introductions: Introductions
}
