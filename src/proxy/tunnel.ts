/**
 * One side of an upgraded connection (RFC 9110 section 7.8): bytes pass as they are, each side waits while the other
 * cannot take more, an end on one side is passed on to the other.
 *
 * A tunnel that has to end before its two ends want to says so where it knows how: a WebSocket gets a close frame in
 * both directions, between two frames, and a moment for the answer. Any other protocol is closed.
 */
import type { TunnelEnd } from './sides.ts'
import { FrameTracker } from './websocket/frame-tracker.ts'

/** How long a frame under way may take to end, and the two ends to answer a close frame, before the connection closes. */
export const PARTING_MS = 2_000

/** What one side is read from: a socket, or a stream of one. */
export interface TunnelSource {
  /** Reads on. */
  resume(): void
  /** We send no more. */
  end(): void
}

/** What one side is written to; see Output. */
export interface TunnelOutput {
  text(text: string): void
  bytes(buffer: Buffer, start: number, end: number): boolean
  flush(): boolean
  whenClear(run: () => void): void
}

export interface TunnelSideInit {
  readonly socket: TunnelSource
  readonly output: TunnelOutput
  /** Sets the deadline of this side's connection, `ms` from now. */
  readonly expire: (ms: number) => void
  /** Longest silence; 0 is no limit. */
  readonly idleMs: () => number
  /** Closes this side's connection. @param broken visibly for the other end of it. */
  readonly destroy: (broken: boolean) => void
  /** Makes the close frame for this side, where the tunnel is a WebSocket. */
  readonly closeFrame: (() => string) | undefined
}

export class TunnelSide implements TunnelEnd {
  readonly #init: TunnelSideInit
  /** Follows what goes to this side. */
  readonly #frames: FrameTracker | undefined
  #peer: TunnelEnd | undefined
  #leaving = false
  /** Nothing more goes to this side: a close frame did, or its connection has our end already. */
  #said = false
  /** This side's socket has sent its last byte. */
  #heard = false

  constructor(init: TunnelSideInit) {
    this.#init = init
    this.#frames = init.closeFrame === undefined ? undefined : new FrameTracker()
    this.#touch()
  }

  join(peer: TunnelEnd): void {
    this.#peer = peer
  }

  /** Bytes arrived on this side's socket; false to stop reading. */
  received(buffer: Buffer, start: number, end: number): boolean {
    this.#touch()
    return this.#peer?.write(buffer, start, end) ?? false
  }

  /** This side's socket has sent its last byte. */
  ended(): void {
    this.#heard = true
    if (this.#leaving) this.end()
    this.#peer?.end()
  }

  /** This side is over, and with it the other one, as soon as it has been told. @param broken nobody has ended it. */
  close(broken = false): void {
    this.#init.destroy(false)
    if (this.#leaving) this.#peer?.orphan()
    else this.#peer?.destroy(broken)
  }

  /** The tunnel ends now, as well as it can. */
  goAway(): void {
    if (this.#leaving) return
    if (this.#frames === undefined) return this.close()
    this.leave()
    this.#peer?.leave()
  }

  leave(): void {
    this.#leaving = true
    this.#init.expire(PARTING_MS)
    if (this.#frames!.between) this.#say()
  }

  write(buffer: Buffer, start: number, end: number): boolean {
    this.#touch()
    if (this.#leaving) return this.#writeLast(buffer, start, end)
    this.#frames?.pass(buffer, start, end)
    return this.#send(buffer, start, end)
  }

  resume(): void {
    this.#init.socket.resume()
  }

  end(): void {
    this.#said = true
    this.#init.socket.end()
  }

  destroy(broken: boolean): void {
    this.#init.destroy(broken)
  }

  orphan(): void {
    if (this.#said) this.end()
    else this.#init.destroy(false)
  }

  /** Of a frame under way the rest goes out; what is behind it is dropped, but the other end's own farewell is heard. */
  #writeLast(buffer: Buffer, start: number, end: number): boolean {
    const frames = this.#frames!
    let next = start
    let clear = true
    if (!this.#said) {
      next = frames.next(buffer, start, end)
      clear = this.#send(buffer, start, next)
      if (frames.between) this.#say()
    }
    frames.pass(buffer, next, end)
    if (frames.closed) this.#peer!.end()
    return clear
  }

  #send(buffer: Buffer, start: number, end: number): boolean {
    const { output } = this.#init
    output.bytes(buffer, start, end)
    if (output.flush()) return true
    output.whenClear(() => this.#peer?.resume())
    return false
  }

  #say(): void {
    if (this.#said) return
    this.#said = true
    const { output, closeFrame } = this.#init
    // After the other end's own close frame there is nothing to add (RFC 6455 section 5.5.1).
    if (!this.#frames!.closed) output.text(closeFrame!())
    output.flush()
    if (this.#heard) this.end()
  }

  /** Something passed: the idle time starts anew. */
  #touch(): void {
    if (!this.#leaving) this.#init.expire(this.#init.idleMs())
  }
}
