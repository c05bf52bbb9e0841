/**
 * The HTTP/2 connections of one worker to one endpoint. Requests go to the oldest one with room, so that what is not
 * needed any more falls idle; where none has room they wait in line, and as many connections are opened as that takes.
 */
import type { Socket } from 'node:net'
import { endpointId } from '../../model/cluster.ts'
import { Departure } from '../departure.ts'
import type { Exchange } from '../exchange.ts'
import { type FaultCode, isIdempotent } from '../faults.ts'
import type { ConnectionPool, OpenOptions, RequestStream, ResponseSink } from '../types.ts'
import type { Dialer, Reads, SessionMemory } from './dialer.ts'
import { H2Upstream } from './h2.ts'
import type { H2ConnectionOwner, H2Queue } from './h2-owner.ts'
import { H2Request } from './h2-request.ts'
import { HeldRequest } from './held-request.ts'
import type { Occupant } from './occupants.ts'
import type { PoolInit } from './pool.ts'
import type { UpstreamShared } from './upstream-shared.ts'

export class H2Pool implements ConnectionPool, Occupant, H2ConnectionOwner<H2Upstream>, H2Queue<H2Request> {
  readonly id: string
  readonly shared: UpstreamShared
  readonly dialer: Dialer
  readonly #init: PoolInit
  readonly #sessions: SessionMemory = { session: undefined }
  /** Those that take requests, or will. */
  readonly #open: H2Upstream[] = []
  /** All of them. */
  readonly #all = new Set<H2Upstream>()
  /** In the order in which they came. */
  readonly #waiting = new Set<H2Request>()
  /** Those that were sent. */
  readonly #begun = new Set<H2Request>()
  /** How many requests a connection has at a time, as the endpoint said last. */
  #limit = Number.POSITIVE_INFINITY
  #draining = false
  /** Where the endpoint has a known time left. */
  #departure: Departure | undefined = undefined

  constructor(init: PoolInit) {
    this.#init = init
    this.id = endpointId(init.spec)
    this.shared = init.shared
    this.dialer = init.dialer
  }

  open(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const isPrecious = exchange.hasBody || !isIdempotent(exchange.method)
    const hasRested = isPrecious && this.#free(options)?.hasRested === true
    if (!hasRested) return this.#send(exchange, sink, options)
    const wasDraining = this.#draining
    const send = () => {
      const left = this.#draining && !wasDraining
      return left && sink.displaced() ? undefined : this.#send(exchange, sink, options)
    }
    return new HeldRequest(send, this.shared.afterPoll)
  }

  /** Where there is room. What was idle while another one died may be dead as well. */
  #free({ fresh }: OpenOptions): H2Upstream | undefined {
    return this.#open.find(({ room, isIdle }) => room > 0 && !(fresh && isIdle))
  }

  #send(exchange: Exchange, sink: ResponseSink, options: OpenOptions): H2Request {
    const request = new H2Request(this, { exchange, sink, options })
    this.queued(request)
    return request
  }

  drain(graceMs?: number): void {
    if (!this.#draining) this.#displace()
    this.#draining = true
    // Those who wait for a connection that does not stand yet, and can go nowhere else, are the last to use it.
    for (const connection of [...this.#open])
      if (connection.stands || this.#waiting.size === 0) this.#retire(connection)
    if (graceMs === undefined) return
    this.depart(graceMs)
    for (const occupant of this.shared.occupants.of(this.id)) occupant.depart(graceMs)
  }

  reopen(): void {
    this.#draining = false
    this.#departure?.cancel()
    this.#departure = undefined
  }

  depart(graceMs: number): void {
    if (graceMs === this.#departure?.graceMs) return
    const { clock, random } = this.shared
    const since = this.#departure?.since ?? clock.now()
    this.#departure?.cancel()
    this.#departure = new Departure({ clock, random, since, graceMs })
    for (const request of this.#begun) this.#departure.add(request)
  }

  // What connections and requests tell.

  dial(reads: Reads): Socket {
    return this.dialer.dial(this.#init.spec, reads, this.#sessions)
  }

  idleMs(): number {
    return this.#init.wanted()?.idleMs ?? this.shared.settings().timeouts.upstreamIdleMs
  }

  /** Why a request has waited in vain. */
  get lateFault(): FaultCode {
    return this.#open.some(({ isNew }) => !isNew) ? 'no-stream' : 'connect-timeout'
  }

  hasRoom(connection: H2Upstream): void {
    this.#limit = connection.limit ?? this.#limit
    for (const request of this.#waiting) {
      if (connection.room === 0) break
      this.#waiting.delete(request)
      connection.begin(request)
    }
    if (this.#draining && this.#waiting.size === 0) this.#retire(connection)
    this.#grow()
  }

  retired(connection: H2Upstream): void {
    const at = this.#open.indexOf(connection)
    if (at >= 0) this.#open.splice(at, 1)
  }

  rested(connection: H2Upstream): boolean {
    const most = this.#init.wanted()?.maxIdle ?? this.shared.settings().limits.idleUpstreamConnections
    const idle = this.#open.filter(({ isIdle, isNew }) => isIdle && !isNew).length
    return !this.#draining && idle <= most && this.#open.includes(connection)
  }

  closed(connection: H2Upstream, fault: FaultCode | undefined): void {
    this.retired(connection)
    this.#all.delete(connection)
    if (this.#all.size === 0) this.shared.occupants.vacated(this)
    if (fault === undefined) return this.#grow()
    // Those that wait for others may be lucky there; to try again at once would only fail again.
    if (this.#open.length === 0) for (const request of [...this.#waiting]) request.failed(fault)
  }

  queued(request: H2Request): void {
    const connection = this.#free(request.options)
    if (connection !== undefined) return connection.begin(request)
    this.#waiting.add(request)
    request.wait()
    this.#grow(request.options)
  }

  unqueued(request: H2Request): void {
    this.#waiting.delete(request)
  }

  begun(request: H2Request): void {
    this.#begun.add(request)
    this.#departure?.add(request)
  }

  ended(request: H2Request): void {
    this.#begun.delete(request)
    this.#departure?.remove(request)
  }

  #retire(connection: H2Upstream): void {
    this.retired(connection)
    connection.drain()
  }

  /** Opens as many connections as those who wait need, by what is known of how many each of them takes. */
  #grow({ connectMs }: Pick<OpenOptions, 'connectMs'> = this.#first()): void {
    if (this.#open.length > 0 && this.#limit === 0) return
    const coming = this.#open.filter(({ isNew }) => isNew).length
    const each = this.#limit === 0 ? Number.POSITIVE_INFINITY : this.#limit
    const wanted = this.#waiting.size === 0 ? 0 : Math.max(1, Math.ceil(this.#waiting.size / each))
    const most = this.#init.wanted()?.max ?? Number.POSITIVE_INFINITY
    const room = most - this.#open.filter(({ isIdle, isNew }) => isNew || !isIdle).length
    for (let more = Math.min(wanted - coming, room); more > 0; more--) this.#connect(connectMs)
  }

  #first(): Pick<OpenOptions, 'connectMs'> {
    const [first] = this.#waiting
    return first?.options ?? { connectMs: 0 }
  }

  #connect(connectMs: number): void {
    const connection = new H2Upstream(this, connectMs)
    if (this.#all.size === 0) this.shared.occupants.entered(this)
    this.#all.add(connection)
    this.#open.push(connection)
  }

  /** What was not sent yet goes elsewhere: not before everybody knows that the endpoint leaves. */
  #displace(): void {
    const before = [...this.#waiting]
    if (before.length === 0) return
    this.shared.afterPoll(() => {
      for (const request of before) request.displace()
    })
  }
}
