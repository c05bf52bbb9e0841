/**
 * Access-log lines on their way out of the process: batches in order, one write at a time. Who sends batches bounds
 * how many wait here (see BufferedAccessLog); a sink that takes nothing, or is closed, holds up nobody else.
 */
import type { Clock } from '../../lib/clock.ts'

/** Takes some of the bytes: calls `done` with how many, or with what was wrong. */
export type Sink = (bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, taken: number) => void) => void

interface Batch {
  readonly lines: Uint8Array
  readonly done: (written: boolean) => void
}

/** A named pipe whose reader sleeps: nothing will say when it can take more, so it is asked again. */
const FULL_PIPE_MS = 50

export class QueuedLineWriter {
  readonly #sink: Sink
  readonly #clock: Clock
  readonly #onLost: (error: Error) => void
  readonly #queue: Batch[] = []
  #idle = Promise.withResolvers<void>()
  #failing = false

  /** @param onLost told of the first batch that cannot be written, and again after one that could. */
  constructor(sink: Sink, clock: Clock, onLost: (error: Error) => void) {
    this.#sink = sink
    this.#clock = clock
    this.#onLost = onLost
    this.#idle.resolve()
  }

  write(lines: Uint8Array, done: (written: boolean) => void): void {
    this.#queue.push({ lines, done })
    if (this.#queue.length > 1) return
    this.#idle = Promise.withResolvers()
    this.#put(lines)
  }

  /** Resolves when nothing waits to be written, or after `deadlineMs`. */
  async idle(deadlineMs: number): Promise<void> {
    const late = Promise.withResolvers<void>()
    const cancel = this.#clock.after(deadlineMs, late.resolve)
    await Promise.race([this.#idle.promise, late.promise])
    cancel()
  }

  #put(bytes: Uint8Array): void {
    this.#sink(bytes, (error, taken) => {
      if (error?.code === 'EAGAIN') return void this.#clock.after(FULL_PIPE_MS, () => this.#put(bytes))
      if (error === null && taken < bytes.length) return this.#put(bytes.subarray(taken))
      this.#next(error)
    })
  }

  #next(error: Error | null): void {
    if (error !== null && !this.#failing) this.#onLost(error)
    this.#failing = error !== null
    this.#queue.shift()?.done(error === null)
    const next = this.#queue[0]
    if (next === undefined) this.#idle.resolve()
    else this.#put(next.lines)
  }
}
