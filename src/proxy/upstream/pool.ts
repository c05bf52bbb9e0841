/**
 * The HTTP/1.1 connections of one worker to one endpoint: the newest idle one is used first, the oldest ones die of
 * their idle timeout; a bound limits how many wait.
 */
import type { Socket } from 'node:net'
import { type ConnectionSpec, type EndpointSpec, endpointId } from '../../model/cluster.ts'
import { Departure } from '../departure.ts'
import type { Exchange } from '../exchange.ts'
import { isIdempotent } from '../faults.ts'
import type { ConnectionPool, OpenOptions, RequestStream, ResponseSink } from '../types.ts'
import type { Dialer, Reads, SessionMemory } from './dialer.ts'
import { H1Upstream } from './h1.ts'
import type { H1Owner } from './h1-owner.ts'
import { HeldRequest } from './held-request.ts'
import { IdleHabit } from './idle-habit.ts'
import type { Occupant } from './occupants.ts'
import type { UpstreamShared } from './upstream-shared.ts'

/**
 * No connection of a busy fleet waits so long for its next request, and nobody who uploads now and then minds the wait.
 * A worker that had to wait for the processor has much to read, in any order: the end of a connection may come last.
 */
const RESTED_MS = 5

/** What a pool of any protocol is made for. */
export interface PoolInit {
  readonly spec: EndpointSpec
  readonly shared: UpstreamShared
  readonly dialer: Dialer
  /** What the cluster asks for at the moment, where it is not as the settings have it. */
  readonly wanted: () => ConnectionSpec | undefined
}

export class H1Pool implements ConnectionPool, Occupant, H1Owner<H1Upstream> {
  readonly spec: EndpointSpec
  readonly id: string
  readonly shared: UpstreamShared
  readonly dialer: Dialer
  readonly #sessions: SessionMemory = { session: undefined }
  readonly #wanted: () => ConnectionSpec | undefined
  readonly #all = new Set<H1Upstream>()
  readonly #idle: H1Upstream[] = []
  readonly #habit = new IdleHabit()
  #draining = false
  /** Where the endpoint has a known time left. */
  #departure: Departure | undefined = undefined

  constructor({ spec, shared, dialer, wanted }: PoolInit) {
    this.spec = spec
    this.id = endpointId(spec)
    this.shared = shared
    this.dialer = dialer
    this.#wanted = wanted
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const isPrecious = exchange.hasBody || !isIdempotent(exchange.method)
    if (!isPrecious || options.fresh || !this.#hasRested(exchange)) return this.#begin(exchange, sink, options)
    const wasDraining = this.#draining
    const begin = () => {
      const left = this.#draining && !wasDraining
      return left && sink.displaced() ? undefined : this.#begin(exchange, sink, options)
    }
    return new HeldRequest(begin, this.shared.afterPoll)
  }

  /**
   * Whether the connection that would be used has been idle for a while. One that was at work a moment ago has said so
   * itself, and holding every upload of a busy fleet would cost a third more than all the rest of it (measured).
   */
  #hasRested({ startedAt }: Exchange): boolean {
    const newest = this.#idle.at(-1)
    return newest !== undefined && startedAt - newest.answeredAt >= RESTED_MS
  }

  #begin(exchange: Exchange, sink: ResponseSink, options: OpenOptions): H1Upstream {
    const connection = (options.fresh ? undefined : this.#idle.pop()) ?? this.#connect()
    connection.begin(exchange, sink, options)
    return connection
  }

  drain(graceMs?: number): void {
    if (!this.#draining) this.#displace()
    this.#draining = true
    for (const connection of this.#idle.splice(0)) connection.destroy()
    if (graceMs === undefined) return
    this.depart(graceMs)
    for (const occupant of this.shared.occupants.of(this.id)) occupant.depart(graceMs)
  }

  /** The endpoint is wanted again. */
  reopen(): void {
    this.#draining = false
    this.#departure?.cancel()
    this.#departure = undefined
  }

  keep(connection: H1Upstream): boolean {
    const most = this.#wanted()?.maxIdle ?? this.shared.settings().limits.idleUpstreamConnections
    if (this.#draining || this.#idle.length >= most) return false
    connection.idleSince = this.shared.deadlines.now
    this.#idle.push(connection)
    return true
  }

  idleMs(announcedMs: number): number {
    const wanted = this.#wanted()?.idleMs ?? this.shared.settings().timeouts.upstreamIdleMs
    return this.#habit.bound(wanted, announcedMs)
  }

  hungUp({ idleSince }: H1Upstream): void {
    const { now } = this.shared.deadlines
    // One that leaves closes whatever there is.
    if (!this.#draining) this.#habit.closed(now - idleSince, now)
  }

  forget(connection: H1Upstream): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  closed(connection: H1Upstream): void {
    this.#all.delete(connection)
    this.#departure?.remove(connection)
    if (this.#all.size === 0) this.shared.occupants.vacated(this)
  }

  /** The endpoint ends; when it was told to does not change, how long it has may, where somebody is in a hurry. */
  depart(graceMs: number): void {
    if (graceMs === this.#departure?.graceMs) return
    const { clock, random } = this.shared
    const since = this.#departure?.since ?? clock.now()
    this.#departure?.cancel()
    this.#departure = new Departure({ clock, random, since, graceMs })
    for (const connection of this.#all) this.#departure.add(connection)
  }

  dial(reads: Reads | undefined): Socket {
    return this.dialer.dial(this.spec, reads, this.#sessions)
  }

  /** What was not sent yet goes elsewhere: not before everybody knows that the endpoint leaves. */
  #displace(): void {
    const before = [...this.#all]
    if (before.length === 0) return
    for (const connection of before) connection.unwanted = true
    this.shared.afterPoll(() => {
      for (const connection of before) connection.displace()
    })
  }

  #connect(): H1Upstream {
    const connection = new H1Upstream(this)
    if (this.#all.size === 0) this.shared.occupants.entered(this)
    this.#all.add(connection)
    this.#departure?.add(connection)
    return connection
  }
}
