/**
 * The HTTP/1.1 connections of one worker to one endpoint: the newest idle one is used first, the oldest ones die of
 * their idle timeout; a bound limits how many wait.
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import { type ConnectionSpec, type EndpointSpec, endpointId } from '../../model/cluster.ts'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines } from '../deadlines.ts'
import { Departure } from '../departure.ts'
import type { Exchange } from '../exchange.ts'
import { isIdempotent } from '../faults.ts'
import type { ConnectionPool, OpenOptions, RequestStream, ResponseSink, Transport } from '../types.ts'
import { H1Upstream } from './h1.ts'
import type { H1Owner } from './h1-owner.ts'
import type { H1Shared } from './h1-shared.ts'
import { HeldRequest } from './held-request.ts'
import { ReadBuffers } from './read-buffers.ts'

export class H1Pool implements ConnectionPool, H1Owner<H1Upstream> {
  readonly spec: EndpointSpec
  readonly id: string
  readonly transport: H1Transport
  readonly #wanted: () => ConnectionSpec | undefined
  readonly #all = new Set<H1Upstream>()
  readonly #idle: H1Upstream[] = []
  #draining = false
  /** Where the endpoint has a known time left. */
  #departure: Departure | undefined = undefined

  constructor(spec: EndpointSpec, transport: H1Transport, wanted: () => ConnectionSpec | undefined) {
    this.spec = spec
    this.id = endpointId(spec)
    this.transport = transport
    this.#wanted = wanted
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const isPrecious = exchange.hasBody || !isIdempotent(exchange.method)
    if (!isPrecious || options.fresh || !this.#hasRested()) return this.#begin(exchange, sink, options)
    return new HeldRequest(() => this.#begin(exchange, sink, options), this.transport.afterPoll)
  }

  /**
   * Whether the connection that would be used has been idle for a while. One that was at work a moment ago has said so
   * itself, and holding every upload of a busy fleet would cost a third more than all the rest of it (measured).
   */
  #hasRested(): boolean {
    const newest = this.#idle.at(-1)
    return newest !== undefined && this.transport.deadlines.now > newest.idleSince
  }

  #begin(exchange: Exchange, sink: ResponseSink, options: OpenOptions): H1Upstream {
    const connection = (options.fresh ? undefined : this.#idle.pop()) ?? this.#connect()
    connection.begin(exchange, sink, options)
    return connection
  }

  drain(graceMs?: number): void {
    this.#draining = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
    if (graceMs === undefined) return
    this.#depart(graceMs)
    for (const pool of this.transport.occupied(this.id)) pool.#depart(graceMs)
  }

  /** The endpoint is wanted again. */
  reopen(): void {
    this.#draining = false
    this.#departure?.cancel()
    this.#departure = undefined
  }

  keep(connection: H1Upstream): boolean {
    const most = this.#wanted()?.maxIdle ?? this.transport.settings().limits.idleUpstreamConnections
    if (this.#draining || this.#idle.length >= most) return false
    connection.idleSince = this.transport.deadlines.now
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

  closed(connection: H1Upstream): void {
    this.#all.delete(connection)
    this.#departure?.remove(connection)
    if (this.#all.size === 0) this.transport.vacated(this)
  }

  #connect(): H1Upstream {
    const connection = new H1Upstream(this)
    if (this.#all.size === 0) this.transport.entered(this)
    this.#all.add(connection)
    this.#departure?.add(connection)
    return connection
  }

  /** The endpoint ends; when it was told to does not change, how long it has may, where somebody is in a hurry. */
  #depart(graceMs: number): void {
    if (graceMs === this.#departure?.graceMs) return
    const { clock, random } = this.transport
    const since = this.#departure?.since ?? clock.now()
    this.#departure?.cancel()
    this.#departure = new Departure({ clock, random, since, graceMs })
    for (const connection of this.#all) this.#departure.add(connection)
  }
}

export class H1Transport implements Transport, H1Shared {
  readonly clock: Clock
  readonly afterPoll: H1Shared['afterPoll']
  readonly random: Random
  readonly deadlines: Deadlines
  readonly settings: () => ProxySettings
  readonly buffers = new ReadBuffers()
  /** Pools with connections, by their endpoint. */
  readonly #occupied = new Map<string, Set<H1Pool>>()
  busy = 0
  idle = 0

  constructor({ clock, random, afterPoll, deadlines, settings }: Omit<H1Shared, 'buffers' | 'busy' | 'idle'>) {
    this.clock = clock
    this.afterPoll = afterPoll
    this.random = random
    this.deadlines = deadlines
    this.settings = settings
  }

  pool(spec: EndpointSpec, wanted: () => ConnectionSpec | undefined): H1Pool {
    return new H1Pool(spec, this, wanted)
  }

  /**
   * All pools with connections to an endpoint. There may be several: of other Services, and of a time when the endpoint
   * was known already, before it was not ready for a while or no route led to it. Its end concerns them all.
   */
  occupied(id: string): Iterable<H1Pool> {
    return this.#occupied.get(id) ?? []
  }

  entered(pool: H1Pool): void {
    const pools = this.#occupied.get(pool.id)
    if (pools === undefined) this.#occupied.set(pool.id, new Set([pool]))
    else pools.add(pool)
  }

  vacated(pool: H1Pool): void {
    const pools = this.#occupied.get(pool.id)
    if (pools?.delete(pool) === true && pools.size === 0) this.#occupied.delete(pool.id)
  }
}
