/**
 * Time as an argument. Nothing else in the project may read a clock or set a timer, so that every test of
 * time-dependent behaviour runs on a FakeClock in milliseconds.
 */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start; the same in all threads of the process. */
  now(): number
  /** Wall-clock milliseconds since the epoch, for dates shown to people and in protocol fields. */
  wall(): number
  /** Runs `run` once after `ms`, or 24 days where that is longer; returns the way to call it off. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void
  /** Runs `run` every `ms` until called off. Does not keep the process alive. */
  every(ms: number, run: () => void): () => void
}

/** Runs `run` once everything that has arrived in this round of polling was read. */
export function afterTurn(run: () => void): void {
  setImmediate(run)
}

/** 24 days: a timer of Node that is set for longer strikes at once. */
const LONGEST_MS = 2 ** 31 - 1

export class SystemClock implements Clock {
  now(): number {
    return performance.now()
  }

  wall(): number {
    return Date.now()
  }

  after(ms: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    timer.unref()
    return () => clearTimeout(timer)
  }

  every(ms: number, run: () => void): () => void {
    const timer = setInterval(run, ms)
    timer.unref()
    return () => clearInterval(timer)
  }
}

interface Entry {
  at: number
  readonly order: number
  readonly period: number | undefined
  readonly run: () => void
}

/** A clock that moves only when told to; due timers run in order of time, then of registration. */
export class FakeClock implements Clock {
  #now = 0
  #order = 0
  readonly #epoch: number
  readonly #entries = new Set<Entry>()

  /** @param epoch wall-clock milliseconds at monotonic zero. */
  constructor(epoch = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch
  }

  now(): number {
    return this.#now
  }

  wall(): number {
    return this.#epoch + this.#now
  }

  after(ms: number, run: () => void): () => void {
    return this.#add(ms, undefined, run)
  }

  every(ms: number, run: () => void): () => void {
    return this.#add(ms, ms, run)
  }

  /** Moves time forward by `ms`, running everything that falls due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      const due = [...this.#entries]
        .filter((entry) => entry.at <= end)
        .sort((a, b) => a.at - b.at || a.order - b.order)[0]
      if (due === undefined) break
      this.#now = Math.max(this.#now, due.at)
      if (due.period === undefined) this.#entries.delete(due)
      else due.at += due.period
      due.run()
    }
    this.#now = end
  }

  #add(ms: number, period: number | undefined, run: () => void): () => void {
    const entry: Entry = { at: this.#now + ms, order: this.#order++, period, run }
    this.#entries.add(entry)
    return () => this.#entries.delete(entry)
  }
}
