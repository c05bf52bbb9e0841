/**
 * The frames that carry no part of a message (RFC 9113 sections 6.3 to 6.9, RFC 9218 section 7.1). Each is legal and
 * cheap; a budget keeps many of them from becoming an attack. Bodies we send refill it, since they are what
 * WINDOW_UPDATE frames answer.
 */
import { Budget } from './budget.ts'
import type { Violation } from './errors.ts'
import type { FrameReader } from './frame-reader.ts'
import { FLAG, FRAME, MAX_WINDOW, writePing, writeSettingsAck } from './frames.ts'
import type { ConnectionLimits } from './limits.ts'
import { parsePriority } from './priority.ts'
import type { Sending } from './sending.ts'
import type { PeerSettings } from './settings.ts'
import type { Stream, StreamSink } from './stream.ts'
import type { StreamTable } from './stream-table.ts'

/** Bytes of SETTINGS, or of frames of unknown types, that cost as much as one frame. */
const BYTES_FOR_ONE = 64
/** WINDOW_UPDATE frames that one piece of a body may be answered by. */
const UPDATES_FOR_ONE = 3

/** What these frames may do to the connection. */
export interface ControlOwner<Sink extends StreamSink> {
  readonly now: number
  readonly isServer: boolean
  readonly limits: ConnectionLimits
  readonly sending: Sending
  readonly streams: StreamTable<Sink>
  readonly peer: PeerSettings
  /** Told of the answer to a PING of ours, or one that we never asked for. */
  readonly lifetime: { pong(): void }
  fail(violation: Violation, detail: string): void
  failStream(stream: Stream<Sink>, violation: Violation, detail: string): void
  rejectStream(id: number, violation: Violation, detail: string): void
  /** The peer reset the stream. */
  peerReset(stream: Stream<Sink>, code: number): void
  /** The peer takes no streams above that one. */
  peerLeaves(lastStream: number, code: number): void
}

export class ControlFrames<Sink extends StreamSink> {
  readonly #owner: ControlOwner<Sink>
  readonly #budget: Budget
  /** Our SETTINGS are acknowledged. */
  isAcknowledged = false
  #lastGoaway = MAX_WINDOW
  /** Pieces of bodies that had been sent when something was last paid for. */
  #piecesBefore = 0

  constructor(owner: ControlOwner<Sink>) {
    this.#owner = owner
    this.#budget = new Budget(owner.limits.control, owner.now)
  }

  /** Pays for work that carries nothing. @returns false where the budget is used up, and with it the connection. */
  spend(tokens: number): boolean {
    const { pieces } = this.#owner.sending
    this.#budget.give(UPDATES_FOR_ONE * (pieces - this.#piecesBefore))
    this.#piecesBefore = pieces
    if (tokens === 0 || this.#budget.take(this.#owner.now, tokens)) return true
    this.#owner.fail('too-much-control', '')
    return false
  }

  /** @returns whether the payload is wanted: types that are not known are passed over (section 5.5). */
  head({ type, length }: FrameReader): boolean {
    const known = type <= FRAME.continuation || type === FRAME.priorityUpdate
    const variable = type === FRAME.settings || !known
    return this.spend(variable ? 1 + length / BYTES_FOR_ONE : 1) && known
  }

  payload(frame: FrameReader, bytes: Buffer, start: number, end: number): void {
    const { type, stream, flags } = frame
    if (type === FRAME.windowUpdate) this.#windowUpdate(stream, bytes.readUInt32BE(start) & MAX_WINDOW)
    else if (type === FRAME.rstStream) this.#rstStream(stream, bytes.readUInt32BE(start))
    else if (type === FRAME.ping) this.#ping(flags, bytes, start)
    else if (type === FRAME.settings) this.#settings(flags, bytes, start, end)
    else if (type === FRAME.priority) this.#priority(stream, bytes.readUInt32BE(start) & MAX_WINDOW)
    else if (type === FRAME.goaway) this.#goaway(bytes.readUInt32BE(start) & MAX_WINDOW, bytes.readUInt32BE(start + 4))
    else if (type === FRAME.priorityUpdate) this.#priorityUpdate(bytes, start, end)
    // Section 8.4: a client pushes nothing, and a server was told not to.
    else this.#owner.fail('push-promise', '')
  }

  #settings(flags: number, bytes: Buffer, start: number, end: number): void {
    const { peer, sending, streams } = this.#owner
    if ((flags & FLAG.ack) !== 0) {
      if (end > start) return this.#owner.fail('settings-ack-payload', '')
      this.isAcknowledged = true
      return
    }
    const windowBefore = peer.initialWindowSize
    const fault = peer.take(bytes, start, end)
    if (fault !== undefined) return this.#owner.fail(fault, 'SETTINGS')
    if (!sending.apply(peer, streams, windowBefore)) return this.#owner.fail('bad-window-setting', 'SETTINGS')
    writeSettingsAck(sending.out)
    sending.resume()
  }

  #ping(flags: number, bytes: Buffer, start: number): void {
    if ((flags & FLAG.ack) !== 0) this.#owner.lifetime.pong()
    else writePing(this.#owner.sending.out, bytes, start, true)
  }

  #windowUpdate(id: number, increment: number): void {
    const { sending, streams } = this.#owner
    if (id === 0) {
      if (increment === 0) return this.#owner.fail('zero-connection-increment', '')
      if (!sending.grow(increment)) return this.#owner.fail('connection-window-overflow', '')
      return sending.resume()
    }
    const stream = streams.live(id)
    if (stream === undefined) {
      if (streams.isIdle(id)) this.#owner.fail('idle-stream', `WINDOW_UPDATE on stream ${id}`)
      return
    }
    if (increment === 0) return this.#owner.failStream(stream, 'zero-increment', '')
    stream.sendWindow += increment
    if (stream.sendWindow > MAX_WINDOW) return this.#owner.failStream(stream, 'window-overflow', '')
    sending.resume()
  }

  #rstStream(id: number, code: number): void {
    const { streams } = this.#owner
    const stream = streams.live(id)
    if (stream !== undefined) this.#owner.peerReset(stream, code)
    else if (streams.isIdle(id)) this.#owner.fail('idle-stream', `RST_STREAM on stream ${id}`)
  }

  /** Section 5.3.2: nothing follows from it, but nonsense is still nonsense. */
  #priority(id: number, dependsOn: number): void {
    if (dependsOn === id) this.#owner.rejectStream(id, 'own-dependency', 'PRIORITY')
  }

  /** Section 6.8: what was given up once is not taken back. */
  #goaway(lastStream: number, code: number): void {
    if (lastStream > this.#lastGoaway) return this.#owner.fail('goaway-rises', '')
    this.#lastGoaway = lastStream
    this.#owner.peerLeaves(lastStream, code)
  }

  #priorityUpdate(bytes: Buffer, start: number, end: number): void {
    const { streams, sending } = this.#owner
    const id = bytes.readUInt32BE(start) & MAX_WINDOW
    if (!this.#owner.isServer || id === 0) return this.#owner.fail('bad-priority-update', '')
    const stream = streams.live(id)
    if (stream === undefined) return
    const { blocked } = stream
    sending.ready.delete(stream)
    stream.priority = parsePriority(bytes.toString('latin1', start + 4, end))
    if (blocked) sending.ready.add(stream)
  }
}
