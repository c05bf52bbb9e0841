/**
 * The client's side of an exchange whose request body is read as fast as a limit allows: what was read is passed on, and
 * the next is read once it is paid for. Nothing is kept; the client waits, by the flow control of its connection.
 */
import type { Deadlines, Timed } from '../../deadlines.ts'
import type { Exchange } from '../../exchange.ts'
import { PassingDownstream, PassingStream } from '../../passing-downstream.ts'
import type { RequestStream } from '../../sides.ts'
import type { ByteBudget } from './byte-budget.ts'

export class PacedUpload extends PassingDownstream implements Timed {
  slot = -1
  deadline = 0
  readonly #budget: ByteBudget
  readonly #deadlines: Deadlines
  /** Where the body goes, once somebody asked for it. */
  #stream: PacedStream | undefined
  /** Somebody asked for more of it, and gets that at the deadline. */
  #wanted = false

  constructor(exchange: Exchange, budget: ByteBudget, deadlines: Deadlines) {
    super(exchange.downstream)
    this.#budget = budget
    this.#deadlines = deadlines
    deadlines.add(this)
    exchange.whenFinished(() => deadlines.remove(this))
  }

  override readBody(stream: RequestStream): void {
    // The same stream again after it was full: for the client it has to be the same one, too.
    if (this.#stream?.inner !== stream) this.#stream = new PacedStream(stream, this)
    // A body that comes in one piece has to wait as well, for those before it.
    if (this.deadline > 0 || this.mustWait(0)) this.#wanted = true
    else this.inner.readBody(this.#stream)
  }

  override holdBody(): void {
    this.#wanted = false
    this.inner.holdBody()
  }

  onDeadline(): void {
    if (!this.#wanted) return
    this.#wanted = false
    this.inner.readBody(this.#stream!)
  }

  /** Pays for so many bytes. @returns whether that takes a while, after which they are asked for again. */
  mustWait(bytes: number): boolean {
    const wait = this.#budget.reserve(bytes)
    if (wait > 0) this.deadline = this.#deadlines.in(wait)
    return wait > 0
  }

  /** Nobody but us holds the rest of the body back. */
  want(): void {
    this.#wanted = true
  }
}

class PacedStream extends PassingStream {
  readonly #upload: PacedUpload

  constructor(inner: RequestStream, upload: PacedUpload) {
    super(inner)
    this.#upload = upload
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    const clear = this.inner.data(buffer, start, end)
    if (!this.#upload.mustWait(end - start)) return clear
    // An endpoint that is full asks for more by itself.
    if (clear) this.#upload.want()
    return false
  }
}
