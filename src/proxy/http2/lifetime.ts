/**
 * How a connection ends, and everything that may take too long on the way there. Time is an argument: whoever owns the
 * connection calls `check` now and then, a few times within the shortest timeout.
 *
 * A graceful end takes two GOAWAY frames (RFC 9113 section 6.8): the first says that the end is near and refuses nothing,
 * since requests may be on their way; the second, once a PING came back, names the last stream that is served.
 */
import type { ControlFrames } from './control-frames.ts'
import { codeOf, ERROR_CODES, type Violation } from './errors.ts'
import { MAX_STREAM_ID, writeGoaway, writePing } from './frames.ts'
import type { OpenBlock } from './header-frames.ts'
import type { ConnectionTimeouts } from './limits.ts'
import type { Sending } from './sending.ts'
import type { PeerSettings } from './settings.ts'
import type { Stream, StreamSink } from './stream.ts'
import type { StreamTable } from './stream-table.ts'

const PING_PAYLOAD = Buffer.from('draining')

export interface LifetimeOwner<Sink extends StreamSink> {
  readonly isServer: boolean
  readonly isOver: boolean
  readonly sending: Sending
  readonly streams: StreamTable<Sink>
  readonly control: ControlFrames<Sink>
  readonly openBlock: OpenBlock | undefined
  readonly peer: PeerSettings
  fail(violation: Violation, detail: string): void
  failStream(stream: Stream<Sink>, violation: Violation, detail: string): void
}

export class Lifetime<Sink extends StreamSink> {
  readonly #owner: LifetimeOwner<Sink>
  readonly #timeouts: ConnectionTimeouts
  readonly #startedAt: number
  #idleSince: number
  #drain: 'no' | 'announced' | 'final' = 'no'
  #drainSince = -1
  #lastServed = 0

  constructor(owner: LifetimeOwner<Sink>, timeouts: ConnectionTimeouts, now: number) {
    this.#owner = owner
    this.#timeouts = timeouts
    this.#startedAt = now
    this.#idleSince = now
  }

  /** Whether the end was announced. */
  get isDraining(): boolean {
    return this.#drain !== 'no'
  }

  /** See `Connection.isOver`. */
  get isOver(): boolean {
    return this.#owner.isOver
  }

  /** The last stream that is served; a later GOAWAY never names a higher one (section 6.8). */
  get lastServed(): number {
    const { isServer, streams } = this.#owner
    if (!isServer) return 0
    return streams.closing ? this.#lastServed : streams.last
  }

  /** Begins a graceful end; streams that live finish. */
  drain(): void {
    const { sending, isServer } = this.#owner
    if (this.isDraining || this.isOver) return
    this.#drain = 'announced'
    // Servers open no streams: a client has nothing to wait for.
    if (!isServer) return this.#finalGoaway()
    writeGoaway(sending.out, MAX_STREAM_ID, ERROR_CODES.NO_ERROR, '')
    writePing(sending.out, PING_PAYLOAD, 0, false)
  }

  /** The peer sends nothing more: streams that live finish. */
  peerEnded(): void {
    if (!this.isOver && !this.#owner.streams.closing) this.#finalGoaway()
  }

  /** A PING came back: whatever the peer sent before it knew of the end has come. */
  pong(): void {
    if (this.#drain === 'announced') this.#finalGoaway()
  }

  /** @param now monotonic milliseconds. */
  check(now: number): void {
    if (this.isOver) return
    this.#checkHandshake(now)
    this.#checkHead(now)
    this.#checkStreams(now)
    if (now - this.#startedAt >= this.#timeouts.ageMs) this.drain()
    this.#checkIdle(now)
    this.#checkDrain(now)
  }

  #finalGoaway(): void {
    this.#lastServed = this.lastServed
    this.#drain = 'final'
    this.#owner.streams.closing = true
    writeGoaway(this.#owner.sending.out, this.#lastServed, ERROR_CODES.NO_ERROR, '')
  }

  #checkHandshake(now: number): void {
    const { control, peer } = this.#owner
    const age = now - this.#startedAt
    if (!peer.hasCome && age >= this.#timeouts.prefaceMs) this.#owner.fail('preface-timeout', '')
    else if (!control.isAcknowledged && age >= this.#timeouts.settingsMs) this.#owner.fail('settings-unanswered', '')
  }

  #checkHead(now: number): void {
    const { openBlock } = this.#owner
    if (openBlock === undefined) return
    if (openBlock.since < 0) openBlock.since = now
    else if (now - openBlock.since >= this.#timeouts.headMs) this.#owner.fail('block-timeout', '')
  }

  /** Only bodies that wait for the peer's windows stall by its doing. */
  #checkStreams(now: number): void {
    for (const stream of [...this.#owner.streams]) {
      if (!stream.blocked) stream.blockedSince = -1
      else if (stream.blockedSince < 0) stream.blockedSince = now
      else if (now - stream.blockedSince >= this.#timeouts.stalledMs) {
        this.#owner.failStream(stream, 'window-stalled', `code ${codeOf('window-stalled')}`)
      }
    }
  }

  #checkIdle(now: number): void {
    if (this.#owner.streams.count > 0) this.#idleSince = -1
    else if (this.#idleSince < 0) this.#idleSince = now
    else if (now - this.#idleSince >= this.#timeouts.idleMs) this.drain()
  }

  #checkDrain(now: number): void {
    if (this.#drain !== 'announced') return
    if (this.#drainSince < 0) this.#drainSince = now
    else if (now - this.#drainSince >= this.#timeouts.drainMs) this.#finalGoaway()
  }
}
