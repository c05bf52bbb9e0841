/**
 * The HTTP/1.1 connections of one worker to one endpoint: the newest idle one is used first, the oldest ones die of
 * their idle timeout; a bound limits how many wait.
 */
import type { Exchange } from '../exchange.ts'
import type { RequestStream, ResponseSink } from '../sides.ts'
import type { OpenOptions } from '../types.ts'
import { AskingFirst } from './asking-first.ts'
import { EndpointPool } from './endpoint-pool.ts'
import { H1Upstream } from './h1.ts'
import type { H1Owner } from './h1-owner.ts'
import { IdleHabit } from './idle-habit.ts'

/**
 * No connection of a busy fleet waits so long for its next request, and nobody who uploads now and then minds the wait.
 * A worker that had to wait for the processor has much to read, in any order: the end of a connection may come last.
 */
const RESTED_MS = 5

export class H1Pool extends EndpointPool<H1Upstream> implements H1Owner<H1Upstream> {
  readonly #idle: H1Upstream[] = []
  readonly #habit = new IdleHabit()

  keep(connection: H1Upstream): boolean {
    if (this.draining || this.#idle.length >= this.mostIdle) return false
    connection.idleSince = this.shared.deadlines.now
    connection.idleLook = this.shared.news.looks
    this.#idle.push(connection)
    return true
  }

  idleMs(announcedMs: number): number {
    return this.#habit.bound(this.wantedIdleMs, announcedMs)
  }

  hungUp({ idleSince }: H1Upstream): void {
    const { now } = this.shared.deadlines
    // One that leaves closes whatever there is.
    if (this.draining) return
    this.#habit.closed(now - idleSince, now)
    this.suspect()
  }

  forget(connection: H1Upstream): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  closed(connection: H1Upstream): void {
    this.part(connection)
    this.vacate()
  }

  protected override send(exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const connection = (options.fresh ? undefined : this.#idle.pop()) ?? this.#connect()
    if (exchange.hasBody && this.#asksFirst(exchange)) return this.#ask(connection, exchange, sink, options)
    connection.begin(exchange, sink, options)
    return connection
  }

  /** In times in which endpoints come and go, unless the client wants to be asked itself. */
  #asksFirst({ startedAt, requestHeaders, upgrade }: Exchange): boolean {
    const { owner } = this
    return startedAt < owner.restlessUntil && owner.asksFirst && upgrade === '' && !requestHeaders.has('expect')
  }

  /**
   * One that was at work a moment ago has said so itself, and holding every upload of a busy fleet would cost a third
   * more than all the rest of it (measured): that is for times in which endpoints come and go.
   */
  protected override isDoubtful({ startedAt }: Exchange, { fresh }: OpenOptions): boolean {
    const newest = fresh ? undefined : this.#idle.at(-1)
    if (newest === undefined) return false
    return startedAt - newest.answeredAt >= RESTED_MS || startedAt < this.owner.restlessUntil
  }

  /** What an answer was read of in the last look may have its end right behind it. */
  protected override prefersProven(): boolean {
    const idle = this.#idle
    const at = idle.findLastIndex(({ idleLook }) => idleLook !== this.shared.news.looks)
    if (at >= 0 && at < idle.length - 1) idle.push(...idle.splice(at, 1))
    return at >= 0 || idle.length === 0
  }

  protected override closeIdle(): void {
    for (const connection of this.#idle.splice(0)) connection.destroy()
  }

  protected override recall(): readonly H1Upstream[] {
    const before = [...this.leavers]
    for (const connection of before) connection.unwanted = true
    return before
  }

  #ask(connection: H1Upstream, exchange: Exchange, sink: ResponseSink, options: OpenOptions): RequestStream {
    const { clock } = this.shared
    const asking = new AskingFirst(sink, connection, { clock, ignored: () => this.owner.askedInVain() })
    connection.begin(exchange, asking, { ...options, asksFirst: true })
    return asking
  }

  #connect(): H1Upstream {
    const connection = new H1Upstream(this)
    this.occupy()
    this.join(connection)
    return connection
  }
}
