/**
 * The HTTP/1.1 connections of one worker to one endpoint: the newest idle one is used first, the oldest ones die of
 * their idle timeout; a bound limits how many wait.
 */
import { type ConnectionSpec, type EndpointSpec, endpointId } from '../../model/cluster.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import type { ConnectionPool, OpenOptions, RequestStream, ResponseSink, Transport } from '../types.ts'
import { type H1Owner, H1Upstream } from './h1.ts'
import type { H1Shared } from './h1-shared.ts'
import { ReadBuffers } from './read-buffers.ts'

export class H1Pool implements ConnectionPool, H1Owner {
  readonly spec: EndpointSpec
  readonly id: string
  readonly transport: H1Transport
  readonly #wanted: () => ConnectionSpec | undefined
  readonly #idle: H1Upstream[] = []
  #draining = false

  constructor(spec: EndpointSpec, transport: H1Transport, wanted: () => ConnectionSpec | undefined) {
    this.spec = spec
    this.id = endpointId(spec)
    this.transport = transport
    this.#wanted = wanted
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const connection = (options.fresh ? undefined : this.#idle.pop()) ?? new H1Upstream(this)
    connection.begin(exchange, sink, options)
    return connection
  }

  drain(): void {
    this.#draining = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  /** The endpoint is wanted again. */
  reopen(): void {
    this.#draining = false
  }

  keep(connection: H1Upstream): boolean {
    const most = this.#wanted()?.maxIdle ?? this.transport.settings().limits.idleUpstreamConnections
    if (this.#draining || this.#idle.length >= most) return false
    this.#idle.push(connection)
    return true
  }

  idleMs(): number {
    return this.#wanted()?.idleMs ?? this.transport.settings().timeouts.upstreamIdleMs
  }

  forget(connection: H1Upstream): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }
}

export class H1Transport implements Transport, H1Shared {
  readonly deadlines: Deadlines
  readonly settings: () => ProxySettings
  readonly buffers = new ReadBuffers()
  busy = 0
  idle = 0

  constructor(deadlines: Deadlines, settings: () => ProxySettings) {
    this.deadlines = deadlines
    this.settings = settings
  }

  pool(spec: EndpointSpec, wanted: () => ConnectionSpec | undefined): H1Pool {
    return new H1Pool(spec, this, wanted)
  }
}
