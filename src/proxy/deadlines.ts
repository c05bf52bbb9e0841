/**
 * Deadlines of all connections of a worker, checked together on one coarse tick: setting one is a store, and no
 * timer is made or cancelled per request. They may strike a tick late, never early.
 */
import type { Clock } from '../lib/clock.ts'

const TICK_MS = 100

/** Something with at most one deadline at a time. */
export interface Timed {
  /** Place in the list; kept by Deadlines. */
  slot: number
  /** Coarse monotonic milliseconds; 0 is none. */
  deadline: number
  onDeadline(): void
}

export class Deadlines {
  readonly #clock: Clock
  readonly #items: Timed[] = []
  readonly #stop: () => void
  #now: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#now = Math.ceil(clock.now())
    this.#stop = clock.every(TICK_MS, () => this.tick())
  }

  /** Monotonic milliseconds, as of the last tick: whole ones, since V8 makes an object for any other number that is stored. */
  get now(): number {
    return this.#now
  }

  /** A deadline `ms` from now, to be stored; none for 0. Rounded up, so that it never strikes early. */
  in(ms: number): number {
    return ms === 0 ? 0 : this.#now + ms + TICK_MS
  }

  add(item: Timed): void {
    item.slot = this.#items.length
    this.#items.push(item)
  }

  remove(item: Timed): void {
    const { slot } = item
    if (slot < 0) return
    const last = this.#items.pop()!
    if (last !== item) {
      this.#items[slot] = last
      last.slot = slot
    }
    item.slot = -1
  }

  /**
   * Strikes what is due. Items may be added and removed meanwhile. Time in which the event loop stood still counts
   * against nobody: what was set in it would strike early, and nobody could be heard in it.
   */
  tick(): void {
    const before = this.#now
    const now = this.#clock.now()
    this.#now = Math.ceil(now)
    const stoodStill = Math.max(0, this.#now - before - TICK_MS)
    for (let i = this.#items.length - 1; i >= 0; i--) {
      const item = this.#items[i]
      if (item === undefined || item.deadline === 0) continue
      item.deadline += stoodStill
      if (item.deadline > now) continue
      item.deadline = 0
      item.onDeadline()
    }
  }

  stop(): void {
    this.#stop()
  }
}
