/**
 * The client's side of an exchange that gets the body of its answer as fast as a limit allows. What came too early is
 * kept, a read of the endpoint's connection at most, and no more is taken from there meanwhile. Times are deadlines of
 * the worker's one tick: what a late one missed is made up for at the next.
 */
import type { Deadlines, Timed } from '../../deadlines.ts'
import type { Exchange } from '../../exchange.ts'
import type { FaultCode } from '../../faults.ts'
import type { HeaderList } from '../../headers.ts'
import { PassingDownstream } from '../../passing-downstream.ts'
import type { Parting, Reply } from '../../sides.ts'
import type { ByteBudget } from './byte-budget.ts'
import { KeptBytes } from './kept-bytes.ts'

export class PacedDownstream extends PassingDownstream implements Timed {
  slot = -1
  deadline = 0
  readonly #exchange: Exchange
  readonly #budget: ByteBudget
  readonly #deadlines: Deadlines
  readonly #kept = new KeptBytes()
  /** Bytes whose time is set by the deadline, or has come. */
  #due = 0
  /** The client takes nothing at the moment, and will say when it does. */
  #blocked = false
  /** The answer was given to its end. */
  #ended = false
  #trailers: HeaderList | undefined

  constructor(exchange: Exchange, budget: ByteBudget, deadlines: Deadlines) {
    super(exchange.downstream)
    this.#exchange = exchange
    this.#budget = budget
    this.#deadlines = deadlines
    deadlines.add(this)
    exchange.whenFinished(() => deadlines.remove(this))
  }

  override data(buffer: Buffer, start: number, end: number): boolean {
    const free = this.#kept.isEmpty ? start + this.#free(end - start) : start
    const clear = free === start || this.inner.data(buffer, start, free)
    if (free < end) this.#kept.add(buffer, free, end)
    if (!clear) this.#blocked = true
    return clear
  }

  override end(trailers: HeaderList | undefined): void {
    if (this.#kept.isEmpty) return this.inner.end(trailers)
    this.#ended = true
    this.#trailers = trailers
    // Nobody else will have the head sent.
    this.flush()
  }

  override flush(): boolean {
    if (!this.inner.flush()) this.#blocked = true
    return this.#kept.isEmpty && !this.#blocked
  }

  override reply(reply: Reply): void {
    this.#drop()
    this.inner.reply(reply)
  }

  override reset(): void {
    this.#drop()
    this.inner.reset()
  }

  override resumeResponse(): void {
    this.#blocked = false
    if (this.#kept.isEmpty) this.#goOn()
    else if (this.deadline === 0) this.#pass()
  }

  /** Once the answer is complete nobody but this one has to hear of it. */
  override clientFault(code: FaultCode): void {
    this.#drop()
    if (!this.#ended) return super.clientFault(code)
    // What ends the connection for us is no reason of its own.
    this.#exchange.fault ??= code
    if (code !== 'client-gone') this.inner.reset()
  }

  override goAway(code: FaultCode, last: boolean): Parting {
    return this.#ended ? 'later' : super.goAway(code, last)
  }

  onDeadline(): void {
    if (!this.#blocked) this.#pass()
  }

  /** What is due goes to the client, and what has no need to wait behind it. */
  #pass(): void {
    const due = this.#due
    this.#due = 0
    const part = this.#kept.take(due + this.#free(this.#kept.bytes - due))
    const clear = this.inner.data(part, 0, part.length)
    if (this.#kept.isEmpty && this.#ended) return this.inner.end(this.#trailers)
    const flushed = this.inner.flush()
    this.#blocked = !clear || !flushed
    if (this.#kept.isEmpty && !this.#blocked) this.#goOn()
  }

  #goOn(): void {
    if (!this.#ended) this.observer?.resumeResponse()
  }

  /** @returns how many of so many bytes may pass now; the next ones are due at the deadline. */
  #free(bytes: number): number {
    const turn = this.#budget.turnBytes
    for (let free = 0; free < bytes; free += turn) {
      const next = Math.min(turn, bytes - free)
      const wait = this.#budget.reserve(next)
      if (wait === 0) continue
      this.#due = next
      this.deadline = this.#deadlines.in(wait)
      return free
    }
    return bytes
  }

  /** Nobody gets what is kept. */
  #drop(): void {
    this.#exchange.bytesSent -= this.#kept.bytes
    this.#kept.clear()
    this.deadline = 0
  }
}
