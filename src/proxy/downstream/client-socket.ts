/**
 * The client's socket, below HTTP: bytes that wait to be looked at (at most one read of them, then reading stops),
 * output that waits for the client, the end of a connection in good order, and the life as a tunnel after 101.
 * Reads go to the worker's shared buffer, except for a connection that uploads or is a tunnel (see ReadSpace).
 */
import type { Socket } from 'node:net'
import type { ProxySettings } from '../../model/settings.ts'
import type { Deadlines, Timed } from '../deadlines.ts'
import { closeSocket, isEncrypted, Output } from '../output.ts'
import type { TunnelEnd } from '../sides.ts'
import { TunnelSide } from '../tunnel.ts'
import { adopt } from './adopt.ts'
import type { ReadSpace, Run } from './read-space.ts'

/** How long, and for how many bytes, a client may go on sending after the last answer (RFC 9112 section 9.6). */
const LINGER_MS = 2_000
const LINGER_BYTES = 16 * 1024 * 1024
/**
 * How long an idle connection waits for one more request while the proxy drains: one that is on its way already would
 * be lost if the connection ended at once.
 */
export const LAST_CALL_MS = 500
/** A read of this size makes the next one of an upload go to a buffer of the connection's own. */
const BULK_BYTES = 16 * 1024
/** Above this much unsent output `write` says so; we look at what the kernel took instead (see Output). */
export const HIGH_WATER_MARK = 1024 * 1024
/** Output that may be on its way by TLS, where the kernel's taking it is heard of one turn late. */
const TLS_SLACK_BYTES = 256 * 1024

/** Whoever speaks HTTP over the socket. */
export interface ClientSocketOwner {
  /** There are bytes in `early`. */
  onBytes(): void
  /** The client will send nothing more; what is in `early` is all there is. */
  onClientEnd(): void
  /** The kernel has taken all output, after it had not. */
  onClear(): void
  onDeadline(): void
  /** The connection is over; `tunnel` tells whether it was one. */
  onGone(tunnel: boolean): void
}

/** What the socket needs of its worker. */
export interface ClientSocketHost {
  readonly deadlines: Deadlines
  readonly space: ReadSpace
  settings(): ProxySettings
}

export class ClientSocket implements Timed {
  slot = -1
  deadline: number
  readonly output: Output
  mode: 'http' | 'tunnel' | 'lingering' | 'closed' = 'http'
  /** Bytes not looked at yet: `early[earlyAt, earlyEnd)`. */
  early: Buffer | undefined = undefined
  earlyAt = 0
  earlyEnd = 0
  /** Whether the client has sent its last byte. */
  ended = false
  /** Whether the kernel has not taken all of our output. */
  blocked = false
  /** For whoever takes it over. */
  readonly socket: Socket
  /** The client broke the connection. */
  #broken = false
  readonly #owner: ClientSocketOwner
  readonly #host: ClientSocketHost
  readonly #encrypted: boolean
  /** The buffer that the next read goes to. */
  #buffer: Buffer | undefined = undefined
  /** Whether bytes may be kept for longer than the read that brought them: they need a buffer of their own. */
  #keeps = false
  #bulk = false
  #tunnel: TunnelSide | undefined = undefined
  /** Who gets what is read, where the socket has changed hands. */
  #heir: ((bytes: Buffer, start: number, end: number) => void) | undefined = undefined
  #reading = true
  #lingered = 0

  constructor(accepted: Socket, owner: ClientSocketOwner, host: ClientSocketHost) {
    this.#owner = owner
    this.#host = host
    this.#encrypted = isEncrypted(accepted)
    const adopted = adopt(accepted, {
      highWaterMark: HIGH_WATER_MARK,
      buffer: () => this.#nextBuffer(),
      received: (bytes) => this.#onRead(this.#buffer!, bytes),
    })
    const socket = adopted ?? accepted
    this.socket = socket
    this.output = new Output(socket, this.#encrypted ? TLS_SLACK_BYTES : 0)
    socket.on('error', () => {
      this.#broken = true
      this.destroy()
    })
    socket.on('close', () => this.destroy())
    socket.on('end', () => this.#onEnd())
    if (adopted === undefined) socket.on('data', (chunk: Buffer) => this.#onRead(chunk, chunk.length))
    host.deadlines.add(this)
    this.deadline = host.deadlines.in(host.settings().timeouts.headerMs)
  }

  /** Sets the deadline `ms` from now; none for 0. */
  expire(ms: number): void {
    this.deadline = ms === 0 ? 0 : this.#host.deadlines.in(ms)
  }

  /** The bytes before `next` are done with; `free` tells that nobody keeps any of them. */
  used(next: number, free: boolean): void {
    this.earlyAt = next
    if (next < this.earlyEnd) return
    if (free && this.early !== this.#buffer) this.#host.space.give(this.early!)
    this.early = undefined
  }

  /** A body flows from now on, or does no more: somebody may keep its bytes for longer than the read. */
  set uploading(uploading: boolean) {
    this.#keeps = uploading
    if (!uploading || this.early !== this.#host.space.shared) return
    this.#setEarly(this.#host.space.borrow(this.earlyAt, this.earlyEnd))
  }

  /** Whether HTTP is spoken and the kernel has taken all output. */
  get quiet(): boolean {
    return this.mode === 'http' && !this.blocked
  }

  /** Reads on, or stops reading: while bytes wait, or nobody takes them. */
  settle(wanted: boolean): void {
    const reading = wanted && this.early === undefined
    if (reading === this.#reading || this.mode !== 'http') return
    this.#reading = reading
    if (reading) this.socket.resume()
    else this.socket.pause()
  }

  /** Sends what is gathered. @returns false where the client has to take some of it first: see `onClear`. */
  flush(): boolean {
    if (this.output.flush()) return true
    this.awaitClear()
    return false
  }

  awaitClear(): void {
    if (this.blocked || this.mode === 'closed') return
    this.blocked = true
    this.expire(this.#host.settings().timeouts.writeGapMs)
    this.output.whenClear(() => {
      this.blocked = false
      if (this.mode === 'lingering') this.#lingerNow()
      else if (this.mode === 'http') this.#owner.onClear()
    })
  }

  /** Ends the connection so that the client can still read the last answer: FIN, then wait for its FIN. */
  linger(): void {
    if (this.mode !== 'http') return
    this.mode = 'lingering'
    this.early = undefined
    this.socket.resume()
    this.output.flush()
    if (this.output.clear) this.#lingerNow()
    else this.awaitClear()
  }

  /** From here on the connection carries bytes of another protocol. @param closeFrame see `TunnelSide`. */
  tunnel(peer: TunnelEnd, closeFrame: (() => string) | undefined): TunnelEnd {
    this.uploading = true
    this.mode = 'tunnel'
    const tunnel = new TunnelSide({
      socket: this.socket,
      output: this.output,
      expire: (ms) => this.expire(ms),
      idleMs: () => this.#host.settings().timeouts.tunnelIdleMs,
      destroy: (broken) => this.destroy(broken),
      closeFrame,
    })
    tunnel.join(peer)
    this.#tunnel = tunnel
    const { early } = this
    this.early = undefined
    if (early === undefined || tunnel.received(early, this.earlyAt, this.earlyEnd)) this.socket.resume()
    if (this.ended) tunnel.ended()
    return tunnel
  }

  /** Another protocol is spoken from here on: whoever speaks it gets the socket, and what is read from it. */
  handOver(heir: (bytes: Buffer, start: number, end: number) => void): void {
    this.mode = 'closed'
    this.early = undefined
    this.#heir = heir
    this.#host.deadlines.remove(this)
  }

  /** A tunnel ends as well as it can. @returns whether it was one. */
  goAway(): boolean {
    if (this.mode !== 'tunnel') return false
    this.#tunnel!.goAway()
    return true
  }

  /** Closes at once. `abrupt` lets the client see that something is missing where a plain end would not. */
  destroy(abrupt = false): void {
    if (this.mode === 'closed') return
    const tunnel = this.mode === 'tunnel'
    this.mode = 'closed'
    this.#host.deadlines.remove(this)
    closeSocket(this.socket, abrupt)
    if (tunnel) this.#tunnel!.close(this.#broken)
    this.#owner.onGone(tunnel)
  }

  onDeadline(): void {
    // Output within the slack, and a client that has not taken it yet: it gets the time that any other client has.
    if (this.mode === 'http' && !this.blocked && !this.output.clear) return this.awaitClear()
    if (this.mode === 'http') this.#owner.onDeadline()
    else this.destroy()
  }

  /** @returns whether to read on. */
  #onRead(buffer: Buffer, bytes: number): boolean {
    const { space } = this.#host
    this.#bulk = bytes >= BULK_BYTES
    if (this.mode === 'http') {
      const run = this.#keeps && buffer === space.shared ? space.borrow(0, bytes) : { buffer, start: 0, end: bytes }
      this.#take(run)
      this.#owner.onBytes()
      if (this.early === space.shared) this.#setEarly(space.keep(this.earlyAt, this.earlyEnd))
    } else if (this.mode === 'tunnel') {
      const run = buffer === space.shared ? space.keep(0, bytes) : { buffer, start: 0, end: bytes }
      if (!this.#tunnel!.received(run.buffer, run.start, run.end)) this.socket.pause()
    } else if (this.mode === 'lingering') {
      this.#lingered += bytes
      if (this.#lingered > LINGER_BYTES) this.destroy()
    } else this.#heir?.(buffer, 0, bytes)
    return true
  }

  #take(run: Run): void {
    if (this.early === undefined) return this.#setEarly(run)
    const both = [this.early.subarray(this.earlyAt, this.earlyEnd), run.buffer.subarray(run.start, run.end)]
    const buffer = Buffer.concat(both)
    this.#setEarly({ buffer, start: 0, end: buffer.length })
  }

  #setEarly({ buffer, start, end }: Run): void {
    this.early = buffer
    this.earlyAt = start
    this.earlyEnd = end
  }

  #nextBuffer(): Buffer | undefined {
    const { space } = this.#host
    const last = this.#buffer
    // By TLS reads go on for a while after the last one was kept, and nobody asks in between.
    if (!this.#keeps || !this.#bulk || this.#encrypted) this.#buffer = space.shared
    else if (last === undefined || last === space.shared) this.#buffer = space.take()
    return this.#buffer === last ? undefined : this.#buffer
  }

  #lingerNow(): void {
    this.expire(LINGER_MS)
    this.socket.end()
    if (this.ended) this.destroy()
  }

  #onEnd(): void {
    this.ended = true
    if (this.mode === 'http') this.#owner.onClientEnd()
    else if (this.mode === 'tunnel') this.#tunnel!.ended()
    else if (!this.blocked) this.destroy()
  }
}
