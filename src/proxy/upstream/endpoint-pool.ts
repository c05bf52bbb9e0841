/**
 * What the connections of one worker to one endpoint have in common, whatever they speak: how one is dialled, requests
 * that are held for a moment before they go out, and how an endpoint is left that goes away.
 */
import type { Socket } from 'node:net'
import { type ConnectionSpec, type EndpointSpec, endpointId } from '../../model/cluster.ts'
import { Departure } from '../departure.ts'
import type { Exchange } from '../exchange.ts'
import { isPrecious } from '../faults.ts'
import type { Leaver, RequestStream, ResponseSink } from '../sides.ts'
import type { ConnectionPool, OpenOptions, PoolOwner } from '../types.ts'
import type { Belonging } from './client-pools.ts'
import type { Dialer, Reads, SessionMemory } from './dialer.ts'
import { type Beginning, HeldRequest } from './held-request.ts'
import type { Occupant } from './occupants.ts'
import type { UpstreamShared } from './upstream-shared.ts'

export interface PoolInit {
  readonly spec: EndpointSpec
  readonly shared: UpstreamShared
  readonly dialer: Dialer
  readonly owner: PoolOwner
  /** Where its connections belong to one client. */
  readonly belonging?: Belonging
}

/** What may hold a request that was not sent yet: it goes to another endpoint then, where there is one. */
export interface Displaceable {
  displace(): void
}

export abstract class EndpointPool<L extends Leaver> implements ConnectionPool, Occupant {
  readonly id: string
  readonly shared: UpstreamShared
  readonly dialer: Dialer
  /** What may turn out to be a long stream. */
  protected readonly leavers = new Set<L>()
  /** Whether the endpoint goes away. */
  protected draining = false
  readonly #init: PoolInit
  /** How often it has turned out that the endpoint goes away, or looks as if it did. */
  #signs = 0
  readonly #sessions: SessionMemory = { session: undefined }
  #connections = 0
  /** Where the endpoint has a known time left. */
  #departure: Departure | undefined = undefined

  constructor(init: PoolInit) {
    this.#init = init
    this.id = endpointId(init.spec)
    this.shared = init.shared
    this.dialer = init.dialer
  }

  /** Sends a request now. */
  protected abstract send(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream

  /** Whether the connection that would be used may have ended: see `HeldRequest`. */
  protected abstract isDoubtful(exchange: Exchange, options: OpenOptions): boolean

  /** Sees to it that a connection is used of which all news were read. @returns whether there is one, or none at all. */
  protected abstract prefersProven(): boolean

  /** Closes what is idle. */
  protected abstract closeIdle(): void

  /** What may hold requests that were not sent yet. */
  protected abstract recall(): readonly Displaceable[]

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    if (!isPrecious(exchange) || !this.isDoubtful(exchange, options)) return this.send(exchange, sink, options)
    const before = this.#signs
    const begin = (last: boolean): Beginning => {
      if (this.#signs !== before && sink.displaced()) return 'elsewhere'
      return this.prefersProven() || last ? this.send(exchange, sink, options) : 'later'
    }
    return new HeldRequest(begin, this.shared.news)
  }

  drain(graceMs?: number): void {
    if (!this.draining) {
      this.#signs++
      this.#displace()
    }
    this.draining = true
    this.closeIdle()
    if (graceMs === undefined) return
    this.depart(graceMs)
    for (const occupant of this.shared.occupants.of(this.id)) occupant.depart(graceMs)
  }

  /** The endpoint is wanted again. */
  reopen(): void {
    this.draining = false
    this.#departure?.cancel()
    this.#departure = undefined
  }

  /** The endpoint ends; when it was told to does not change, how long it has may, where somebody is in a hurry. */
  depart(graceMs: number): void {
    if (graceMs === this.#departure?.graceMs) return
    const { clock, random } = this.shared
    const since = this.#departure?.since ?? clock.now()
    this.#departure?.cancel()
    this.#departure = new Departure({ clock, random, since, graceMs })
    for (const leaver of this.leavers) this.#departure.add(leaver)
  }

  dial(reads: Reads | undefined): Socket {
    const { dialer, spec, belonging } = this.#init
    return dialer.dial(spec, { reads, memory: this.#sessions, preface: belonging?.preface })
  }

  protected get wanted(): ConnectionSpec | undefined {
    return this.owner.connections
  }

  protected get owner(): PoolOwner {
    return this.#init.owner
  }

  /** The endpoint has ended a connection that waited, and was not told to go. */
  protected suspect(): void {
    this.#signs++
    this.owner.hungUp()
  }

  /** How long a connection may wait for a request, as configured, in milliseconds; 0 is for ever. */
  protected get wantedIdleMs(): number {
    return this.wanted?.idleMs ?? this.shared.settings().timeouts.upstreamIdleMs
  }

  /** How many connections may wait. */
  protected get mostIdle(): number {
    return this.wanted?.maxIdle ?? this.shared.settings().limits.idleUpstreamConnections
  }

  /** A connection is dialled; `vacate` follows, once. */
  protected occupy(): void {
    if (this.#connections++ > 0) return
    this.shared.occupants.entered(this)
    this.#init.belonging?.occupied()
  }

  protected vacate(): void {
    if (--this.#connections > 0) return
    this.shared.occupants.vacated(this)
    this.#init.belonging?.vacated()
  }

  protected join(leaver: L): void {
    this.leavers.add(leaver)
    this.#departure?.add(leaver)
  }

  protected part(leaver: L): void {
    this.leavers.delete(leaver)
    this.#departure?.remove(leaver)
  }

  /** What was not sent yet goes elsewhere: not before everybody knows that the endpoint leaves. */
  #displace(): void {
    const before = this.recall()
    if (before.length === 0) return
    this.shared.news.afterLook(() => {
      for (const each of before) each.displace()
      return true
    })
  }
}
