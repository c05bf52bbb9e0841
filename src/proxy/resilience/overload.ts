/**
 * Whether this worker has more to do than it can, and what it leaves undone then: requests of the lowest priority first,
 * a growing part of them, then of the next one. Those of the highest priority are always served.
 *
 * A worker is overloaded where its event loop is late at five looks in a row, half a second or more: one look says nothing, since
 * a collection of garbage is over in a moment, and what stays is the queue (the idea of K. Nichols and V. Jacobson,
 * "Controlling Queue Delay", 2012). Or where the process has nearly used up its memory. The part that is shed grows as
 * long as it is so and shrinks afterwards, slower: as much is served as can be, without a threshold for each priority
 * (as in H. Zhou et al., "Overload Control for Scaling WeChat Microservices", 2018).
 */
import type { Clock } from '../../lib/clock.ts'
import type { Random } from '../../lib/random.ts'
import type { Priority } from '../../model/route.ts'
import type { OverloadSpec } from '../../model/settings.ts'
import type { Sample } from '../metrics.ts'

const TICK_MS = 100
/** Half a second, where nothing is late. */
const LOOKS = 5
const RISE = 0.2
const FALL = 0.1
/** All of low and of normal priority. */
const MOST = 2
/** All of low and half of normal priority: a process gives memory back late, and would shed for ever. */
const MOST_FOR_MEMORY = 1.5

/** The severity at which requests of a priority begin to be shed; all of them are from one further on. */
export const TOLERANCE: Readonly<Record<Priority, number>> = { low: 0, normal: 1, high: 2 }

export interface OverloadInit {
  readonly clock: Clock
  readonly random: Random
  readonly spec: () => OverloadSpec
  /** The part of the memory there is that the process uses, from 0 to 1. */
  readonly memory: () => number
}

export class Overload {
  /** How much is shed, from 0 to `MOST`. Requests that tolerate as much need not ask any further. */
  severity = 0
  readonly #init: OverloadInit
  readonly #stop: () => void
  readonly #shed = new Map<Priority, number>()
  #tickedAt: number
  #looks = 0
  #leastDelay = Number.POSITIVE_INFINITY

  constructor(init: OverloadInit) {
    const { clock } = init
    this.#init = init
    this.#tickedAt = clock.now()
    this.#stop = clock.every(TICK_MS, () => this.tick())
  }

  /** Whether a request of this priority is to be left undone. */
  sheds(priority: Priority): boolean {
    if (this.#init.random() >= this.severity - TOLERANCE[priority]) return false
    this.#shed.set(priority, (this.#shed.get(priority) ?? 0) + 1)
    return true
  }

  /** Looks how late it is. */
  tick(): void {
    const now = this.#init.clock.now()
    this.#leastDelay = Math.min(this.#leastDelay, now - this.#tickedAt - TICK_MS)
    this.#tickedAt = now
    if (++this.#looks < LOOKS) return
    this.#judge()
    this.#looks = 0
    this.#leastDelay = Number.POSITIVE_INFINITY
  }

  stop(): void {
    this.#stop()
  }

  *samples(): Iterable<Sample> {
    for (const [priority, n] of this.#shed) yield ['sluice_requests_shed', [priority], n]
  }

  #judge(): void {
    const { delayMs, memoryPercent } = this.#init.spec()
    const isLate = delayMs > 0 && this.#leastDelay > delayMs
    const isFull = memoryPercent > 0 && this.#init.memory() * 100 > memoryPercent
    const most = isLate ? MOST : MOST_FOR_MEMORY
    if (!isLate && !isFull) this.severity = Math.max(0, this.severity - FALL)
    else if (this.severity < most) this.severity = Math.min(most, this.severity + RISE)
  }
}
