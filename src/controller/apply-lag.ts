/**
 * How long endpoints take from their change in the cluster until every worker has it. The start is the time that the
 * cluster wrote on the slice, so the clocks of two machines are compared: it is as good as they agree.
 */
import type { Clock } from '../lib/clock.ts'
import { Histogram } from '../lib/histogram.ts'
import type { Snapshot } from '../model/snapshot.ts'
import type { KubernetesObject } from './api/kubernetes/kinds.ts'

/** When the Pods or the Service behind a slice changed; set by the endpoint slice controller. */
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'
/** Most changes that are remembered while the workers cannot apply them. */
const MOST_WAITING = 10_000
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

interface Waiting {
  /** Wall-clock milliseconds. */
  readonly changedAt: number
  /** The first translation that has it. */
  readonly translation: number
}

export class ApplyLag {
  readonly #clock: Clock
  #translation = 0
  readonly #translations = new WeakMap<Snapshot, number>()
  readonly #waiting: Waiting[] = []
  readonly seconds = new Histogram(SECONDS)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A slice changed, and the next translation will have it. */
  changed(after: KubernetesObject, before: KubernetesObject | undefined): void {
    const trigger = after.metadata.annotations.get(TRIGGER_TIME)
    if (trigger === undefined || trigger === before?.metadata.annotations.get(TRIGGER_TIME)) return
    const changedAt = Date.parse(trigger)
    if (Number.isNaN(changedAt) || this.#waiting.length >= MOST_WAITING) return
    this.#waiting.push({ changedAt, translation: this.#translation + 1 })
  }

  translated(snapshot: Snapshot): void {
    this.#translations.set(snapshot, ++this.#translation)
  }

  /** Every worker has it, and with it all that came before. */
  applied(snapshot: Snapshot): void {
    const applied = this.#translations.get(snapshot) ?? 0
    const now = this.#clock.wall()
    // They stand in the order of their translations.
    const found = this.#waiting.findIndex(({ translation }) => translation > applied)
    const done = this.#waiting.splice(0, found === -1 ? this.#waiting.length : found)
    for (const { changedAt } of done) this.seconds.observe(Math.max(0, now - changedAt) / 1000)
  }
}
