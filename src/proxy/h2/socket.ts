/**
 * The socket below one HTTP/2 connection: all that a turn has made leaves in one write, nothing is given to a socket
 * that still holds something, and nothing is read while a peer leaves too much of that unread.
 */
import type { Socket } from 'node:net'
import { isEncrypted } from '../output.ts'

/** How long the peer may take to close its side, and to read our last frames, once we have closed ours. */
const LINGER_MS = 2_000

/** The codec, as far as the socket has to know it. */
interface Wire {
  /** Whether the socket is to be closed once everything was written. */
  readonly isOver: boolean
  /** Whether so much waits that nothing more should be read. */
  readonly isFull: boolean
  /** Bytes that wait to be written. */
  readonly waiting: number
  output(): Buffer
  written(taken: boolean): void
}

export interface H2SocketOwner {
  readonly wire: Wire
  onBytes(bytes: Buffer, start: number, end: number): void
  /** The connection is over. */
  onGone(): void
}

export class H2Socket {
  /** Whether bytes are read into a buffer that all connections share. */
  readonly volatile: boolean
  readonly #socket: Socket
  readonly #owner: H2SocketOwner
  readonly #now: () => number
  readonly #isEncrypted: boolean
  #reading = true
  #closed = false
  /** The socket holds output of ours, and will say when it is gone; since when, in monotonic milliseconds. */
  #holding = false
  #heldSince = 0
  /** When our side was closed; -1 before. */
  #finishedAt = -1

  /** @param volatile whether somebody else reads the socket, into a buffer that is shared, and calls `received`. */
  constructor(socket: Socket, owner: H2SocketOwner, { now, volatile }: { now: () => number; volatile: boolean }) {
    this.#socket = socket
    this.#owner = owner
    this.#now = now
    this.#isEncrypted = isEncrypted(socket)
    this.volatile = volatile
    socket.on('error', () => this.destroy())
    socket.on('close', () => this.destroy())
    // Without a client that gives credit and answers PING there is no half of a connection.
    socket.on('end', () => this.destroy())
    if (!volatile) socket.on('data', (chunk: Buffer) => this.received(chunk, 0, chunk.length))
  }

  received(bytes: Buffer, start: number, end: number): void {
    if (this.#closed) return
    this.#owner.onBytes(bytes, start, end)
    this.flush()
  }

  /** Writes what there is, as far as the socket takes it. */
  flush(): void {
    if (this.#closed) return
    const { wire } = this.#owner
    const socket = this.#socket
    while (wire.waiting > 0 && socket.writableLength === 0 && this.#finishedAt < 0) {
      socket.write(wire.output())
      // TLS has encrypted all of it by now, and says so in a later turn.
      wire.written(this.#isEncrypted || socket.writableLength === 0)
    }
    if (wire.waiting > 0) this.#awaitRoom()
    else if (wire.isOver) this.#finish()
    this.#settle(!wire.isFull)
  }

  /** How long the peer has taken nothing, in milliseconds. @param now monotonic milliseconds. */
  stalledMs(now: number): number {
    return this.#holding ? now - this.#heldSince : 0
  }

  /** Whether the peer had its time to read the end and to go. @param now monotonic milliseconds. */
  hasLingered(now: number): boolean {
    return this.#finishedAt >= 0 && now - this.#finishedAt >= LINGER_MS
  }

  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.#owner.onGone()
  }

  #awaitRoom(): void {
    if (this.#holding) return
    this.#holding = true
    this.#heldSince = this.#now()
    this.#socket.write('', 'latin1', (error) => {
      if (error !== null && error !== undefined) return
      this.#holding = false
      this.flush()
    })
  }

  /** Reading goes on: a byte of the peer that is left unread would cost it our last frames. */
  #finish(): void {
    if (this.#finishedAt >= 0) return
    this.#finishedAt = this.#now()
    this.#socket.end()
  }

  #settle(wanted: boolean): void {
    if (wanted === this.#reading) return
    this.#reading = wanted
    if (wanted) this.#socket.resume()
    else this.#socket.pause()
  }
}
