/** The streams of a connection: which live, which are over, and what may still come (RFC 9113 section 5.1). */
import { ClosedStreams, type Ending } from './closed-streams.ts'
import type { Receiving } from './receiving.ts'
import type { Sending } from './sending.ts'
import { Stream, type StreamSink } from './stream.ts'

export type StreamState<Sink extends StreamSink> = Stream<Sink> | 'idle' | Ending

export class StreamTable<Sink extends StreamSink> {
  /**
   * All but the newest. That one stands apart, so that a connection with one request at a time never touches the map:
   * V8 makes a map anew each time its last entry goes.
   */
  readonly #older = new Map<number, Stream<Sink>>()
  #newest: Stream<Sink> | undefined = undefined
  readonly #closed = new ClosedStreams()
  readonly #sending: Sending
  readonly #receiving: Receiving
  /** Asked for at every turn, which is why the map is not. */
  #count = 0
  /** The highest number of a client's stream that was used. All streams are the client's: nobody pushes. */
  last = 0
  /** Whether those that come now are too late: the peer was told, and may try elsewhere. */
  closing = false
  /** A stream is over, whichever way. */
  onClose: (stream: Stream<Sink>) => void = () => {}

  constructor(sending: Sending, receiving: Receiving) {
    this.#sending = sending
    this.#receiving = receiving
  }

  /** How many live. */
  get count(): number {
    return this.#count
  }

  /** The oldest first. */
  *[Symbol.iterator](): IterableIterator<Stream<Sink>> {
    yield* this.#older.values()
    if (this.#newest !== undefined) yield this.#newest
  }

  /** Whether a number was never used; even ones are the server's, which never opens any. */
  isIdle(id: number): boolean {
    return id > this.last || (id & 1) === 0
  }

  live(id: number): Stream<Sink> | undefined {
    if (this.#newest?.id === id) return this.#newest
    return id < this.last ? this.#older.get(id) : undefined
  }

  stateOf(id: number): StreamState<Sink> {
    return this.live(id) ?? (this.isIdle(id) ? 'idle' : this.#closed.endingOf(id, this.last))
  }

  /** The next stream; lower numbers that were not used are closed by that (section 5.1.1). */
  open(id: number, sendWindow: number, receiveWindow: number): Stream<Sink> {
    const stream = new Stream<Sink>(id, sendWindow, receiveWindow)
    if (id > this.last + 2) this.#closed.skipped(this.last, id)
    this.last = id
    if (this.#newest !== undefined) this.#older.set(this.#newest.id, this.#newest)
    this.#newest = stream
    this.#count++
    return stream
  }

  /** A number that was used, and refused. */
  refuse(id: number): void {
    if (id > this.last + 2) this.#closed.skipped(this.last, id)
    this.last = Math.max(this.last, id)
    this.#closed.reset(id)
  }

  close(stream: Stream<Sink>, resetHere: boolean): void {
    if (stream.closed) return
    stream.closed = true
    this.#count--
    if (this.#newest === stream) this.#newest = undefined
    else this.#older.delete(stream.id)
    if (resetHere) this.#closed.reset(stream.id)
    // Most have neither: what is asked for nothing is memory that is not in the caches.
    if (stream.queued) this.#sending.ready.delete(stream)
    if (stream.unconsumed > 0) this.#receiving.release(stream)
    this.onClose(stream)
  }
}
