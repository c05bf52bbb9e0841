/**
 * What a peer sends on one stream behind the head: a body, or its half of a tunnel. It goes on to whoever
 * takes it; what nobody takes yet waits here, which the window of the stream bounds: only what was taken is credited.
 */
import type { HeaderList } from '../headers.ts'
import { forwardableTrailers } from '../http1/trailers.ts'
import type { Violation } from '../http2/errors.ts'
import type { StreamSink } from '../http2/stream.ts'
import { COPIED_BYTES, HEADROOM } from '../output.ts'
import type { BodySink } from '../sides.ts'

const FIRST_BYTES = 4096

/** Whose stream it is. */
export interface InboxOwner {
  /** Whether the bytes lie in a buffer that the next read overwrites. */
  readonly volatile: boolean
  /** Whether so many bytes more may pass; where not, the owner has ended the request. */
  admit(bytes: number): boolean
  consumed(bytes: number): void
  /** Something arrived or was handed on: the peer's time for the next part begins anew, or stops. */
  moved(): void
  writable(): void
  /** The stream broke off: see `StreamSink.reset`. */
  broken(code: number, violation: Violation | undefined): void
}

/** Who hears of a stream, and whose stream it is. */
export interface OwnedSink extends StreamSink {
  readonly owner: InboxOwner
}

export class Inbox implements OwnedSink {
  readonly owner: InboxOwner
  /** Whether somebody takes it now. */
  flowing = false
  /** Whether it was handed on to its end. */
  complete = false
  #to: BodySink | undefined = undefined
  /** `#kept[HEADROOM, #end)` waits. */
  #kept: Buffer | undefined = undefined
  #end = HEADROOM
  /** Bytes that the taker keeps: to be credited when it goes on. */
  #lent = 0
  #ended = false
  #trailers: HeaderList | undefined = undefined
  #dropped = false

  constructor(owner: InboxOwner) {
    this.owner = owner
  }

  /** Lets it flow, at first and again after the taker has returned false. */
  flow(to: BodySink): void {
    this.#to = to
    this.flowing = true
    this.#credit()
    const kept = this.#kept
    if (kept !== undefined) {
      const end = this.#end
      this.#kept = undefined
      this.#end = HEADROOM
      this.#pass(kept, HEADROOM, end)
    }
    this.#finish()
    this.owner.moved()
  }

  /** Keeps what comes from now on. */
  hold(): void {
    this.flowing = false
    this.owner.moved()
  }

  /** Nobody wants it any more: what still comes is credited, and forgotten. */
  drop(): void {
    this.#dropped = true
    this.flowing = false
    this.#to = undefined
    this.#credit()
    if (this.#kept === undefined) return
    this.owner.consumed(this.#end - HEADROOM)
    this.#kept = undefined
    this.#end = HEADROOM
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.#dropped) return this.owner.consumed(end - start)
    if (!this.flowing) return this.#keep(bytes, start, end)
    // Smaller ones are copied anyway; larger ones may be kept for longer than the read.
    if (this.owner.volatile && end - start > COPIED_BYTES) {
      const own = Buffer.allocUnsafeSlow(HEADROOM + end - start)
      bytes.copy(own, HEADROOM, start, end)
      this.#pass(own, HEADROOM, own.length)
    } else this.#pass(bytes, start, end)
    this.owner.moved()
  }

  end(trailers: HeaderList | undefined): void {
    this.#ended = true
    this.#trailers = forwardableTrailers(trailers)
    this.#finish()
    this.owner.moved()
  }

  writable(): void {
    this.owner.writable()
  }

  reset(code: number, violation: Violation | undefined): void {
    this.owner.broken(code, violation)
  }

  #pass(bytes: Buffer, start: number, end: number): void {
    if (!this.owner.admit(end - start)) return this.owner.consumed(end - start)
    const clear = this.#to!.data(bytes, start, end)
    if (this.#dropped || clear) return this.owner.consumed(end - start)
    this.#lent += end - start
    this.flowing = false
  }

  #finish(): void {
    if (!this.#ended || !this.flowing || this.complete) return
    this.complete = true
    this.#to!.end(this.#trailers)
  }

  /** Small pieces are put together: otherwise each byte could hold on to the buffer that it came in. */
  #keep(bytes: Buffer, start: number, end: number): void {
    const wanted = this.#end + end - start
    if (this.#kept === undefined || this.#kept.length < wanted) {
      const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.#end, HEADROOM + FIRST_BYTES))
      this.#kept?.copy(larger, HEADROOM, HEADROOM, this.#end)
      this.#kept = larger
    }
    this.#end += bytes.copy(this.#kept, this.#end, start, end)
  }

  #credit(): void {
    if (this.#lent > 0) this.owner.consumed(this.#lent)
    this.#lent = 0
  }
}
