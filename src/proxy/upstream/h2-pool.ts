/**
 * The HTTP/2 connections of one worker to one endpoint. Requests go to the oldest one with room, so that what is not
 * needed any more falls idle; where none has room they wait in line, and as many connections are opened as that takes.
 */
import type { Exchange } from '../exchange.ts'
import type { FaultCode } from '../faults.ts'
import type { ResponseSink } from '../sides.ts'
import type { OpenOptions } from '../types.ts'
import { EndpointPool } from './endpoint-pool.ts'
import { H2Upstream } from './h2.ts'
import type { H2ConnectionOwner, H2Queue } from './h2-owner.ts'
import { H2Request } from './h2-request.ts'

export class H2Pool extends EndpointPool<H2Request> implements H2ConnectionOwner<H2Upstream>, H2Queue<H2Request> {
  /** Those that take requests, or will. */
  readonly #open: H2Upstream[] = []
  /** In the order in which they came. */
  readonly #waiting = new Set<H2Request>()
  /** How many requests a connection has at a time, as the endpoint said last. */
  #limit = Number.POSITIVE_INFINITY

  // What connections and requests tell.

  idleMs(): number {
    return this.wantedIdleMs
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
    if (this.draining && this.#waiting.size === 0) this.#retire(connection)
    this.#grow()
  }

  retired(connection: H2Upstream): void {
    const at = this.#open.indexOf(connection)
    if (at >= 0) this.#open.splice(at, 1)
  }

  rested(connection: H2Upstream): boolean {
    const idle = this.#open.filter(({ isIdle, isNew }) => isIdle && !isNew).length
    return !this.draining && idle <= this.mostIdle && this.#open.includes(connection)
  }

  closed(connection: H2Upstream, fault: FaultCode | undefined): void {
    this.retired(connection)
    this.vacate()
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
    this.join(request)
  }

  ended(request: H2Request): void {
    this.part(request)
  }

  // What all pools do in their own way.

  protected override send(exchange: Exchange, sink: ResponseSink, options: OpenOptions): H2Request {
    const request = new H2Request(this, { exchange, sink, options })
    this.queued(request)
    return request
  }

  protected override isDoubtful(_exchange: Exchange, options: OpenOptions): boolean {
    return this.#free(options)?.hasRested === true
  }

  /** Whoever ends a connection says up to which request it has looked at what came. */
  protected override prefersProven(): boolean {
    return true
  }

  /** Those who wait for a connection that does not stand yet, and can go nowhere else, are the last to use it. */
  protected override closeIdle(): void {
    for (const connection of [...this.#open])
      if (connection.stands || this.#waiting.size === 0) this.#retire(connection)
  }

  protected override recall(): readonly H2Request[] {
    return [...this.#waiting]
  }

  /** Where there is room. What was idle while another one died may be dead as well. */
  #free({ fresh }: OpenOptions): H2Upstream | undefined {
    return this.#open.find(({ room, isIdle }) => room > 0 && !(fresh && isIdle))
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
    const most = this.wanted?.max ?? Number.POSITIVE_INFINITY
    const room = most - this.#open.filter(({ isIdle, isNew }) => isNew || !isIdle).length
    for (let more = Math.min(wanted - coming, room); more > 0; more--) this.#connect(connectMs)
  }

  #first(): Pick<OpenOptions, 'connectMs'> {
    const [first] = this.#waiting
    return first?.options ?? { connectMs: 0 }
  }

  #connect(connectMs: number): void {
    const connection = new H2Upstream(this, connectMs)
    this.occupy()
    this.#open.push(connection)
  }
}
