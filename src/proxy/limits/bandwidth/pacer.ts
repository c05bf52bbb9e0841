/**
 * Bytes of one body on their way, as fast as a limit allows. What came too early is kept, which is what one read of a
 * connection brought, or one window. Times are deadlines of the worker's one tick: what a late one missed is made up
 * for at once.
 */
import type { Deadlines, Timed } from '../../deadlines.ts'
import type { Exchange } from '../../exchange.ts'
import type { ByteBudget } from './byte-budget.ts'
import { KeptBytes } from './kept-bytes.ts'

/** Where the bytes go. */
export interface PacedTarget {
  /** @returns false where it takes no more for the moment: `resume` of the pacer follows. */
  pass(buffer: Buffer, start: number, end: number): boolean
  /** Some of what was kept went on. @returns as `pass`. */
  passed(): boolean
  /** Nothing is kept any more: the giver may go on. */
  emptied(): void
}

export interface PacerInit {
  /** Whose body it is. */
  readonly exchange: Exchange
  readonly budget: ByteBudget
  readonly deadlines: Deadlines
}

export class Pacer implements Timed {
  slot = -1
  deadline = 0
  readonly #budget: ByteBudget
  readonly #deadlines: Deadlines
  readonly #target: PacedTarget
  readonly #kept = new KeptBytes()
  /** Bytes whose time is set by the deadline, or has come. */
  #due = 0
  #blocked = false

  constructor({ exchange, budget, deadlines }: PacerInit, target: PacedTarget) {
    this.#budget = budget
    this.#deadlines = deadlines
    this.#target = target
    deadlines.add(this)
    exchange.whenFinished(() => deadlines.remove(this))
  }

  get isEmpty(): boolean {
    return this.#kept.isEmpty
  }

  /** Takes all of `buffer[start, end)`. @returns false where the target keeps some of that buffer. */
  take(buffer: Buffer, start: number, end: number): boolean {
    const free = this.isEmpty ? start + this.#free(end - start) : start
    const clear = free === start || this.#target.pass(buffer, start, free)
    if (free < end) this.#kept.add(buffer, free, end)
    if (!clear) this.block()
    return clear
  }

  /** The target takes nothing until `resume`. */
  block(): void {
    this.#blocked = true
  }

  resume(): void {
    this.#blocked = false
    if (this.isEmpty) this.#target.emptied()
    else if (this.deadline === 0) this.#pass()
  }

  /** Nobody gets what is kept. @returns how many bytes that is. */
  drop(): number {
    const { bytes } = this.#kept
    this.#kept.clear()
    this.deadline = 0
    return bytes
  }

  onDeadline(): void {
    if (!this.#blocked) this.#pass()
  }

  /** What is due goes on, and what has no need to wait behind it. */
  #pass(): void {
    const due = this.#due
    this.#due = 0
    const part = this.#kept.take(due + this.#free(this.#kept.bytes - due))
    const clear = this.#target.pass(part, 0, part.length)
    const passed = this.#target.passed()
    this.#blocked = !clear || !passed
    if (this.isEmpty && !this.#blocked) this.#target.emptied()
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
}
