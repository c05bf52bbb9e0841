/**
 * How long changes of endpoints take until every worker has them: from when they arrived here, and from when they
 * happened, as the cluster wrote it on the slice or on the Pod that ends. The latter is in whole seconds, and compares
 * the clocks of two machines: it is as good as they agree.
 */
import type { Clock } from '../lib/clock.ts'
import { Histogram } from '../lib/histogram.ts'
import type { KubernetesObject } from './api/kubernetes/kinds.ts'
import type { Pod } from './api/kubernetes/pod.ts'

/** When the Pods or the Service behind a slice changed; set by the endpoint slice controller. */
const TRIGGER_TIME = 'endpoints.kubernetes.io/last-change-trigger-time'
/** Most changes that are remembered while the workers cannot apply them. */
const MOST_WAITING = 10_000
const HERE = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const SINCE_CHANGE = [0.5, 1, 1.5, 2, 3, 5, 10, 30]

interface Waiting {
  readonly arrivedAt: number
  /** Wall-clock milliseconds; `undefined` where the slice does not say. */
  readonly changedAt: number | undefined
  /** The first translation that has it. */
  readonly translation: number
}

export class ApplyLag {
  readonly #clock: Clock
  #translation = 0
  readonly #translations = new WeakMap<object, number>()
  readonly #waiting: Waiting[] = []
  readonly sinceArrival = new Histogram(HERE)
  readonly sinceChange = new Histogram(SINCE_CHANGE)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A slice changed, or a Pod was told to end; the next translation will have it. */
  changed(after: KubernetesObject, before: KubernetesObject | undefined): void {
    if (this.#waiting.length >= MOST_WAITING) return
    const changedAt = after.kind === 'Pod' ? toldToEndAt(after) : triggeredAt(after, before)
    this.#waiting.push({
      arrivedAt: this.#clock.now(),
      changedAt: Number.isNaN(changedAt) ? undefined : changedAt,
      translation: this.#translation + 1,
    })
  }

  translated(translation: object): void {
    this.#translations.set(translation, ++this.#translation)
  }

  /** Every worker has it, and with it all that came before. */
  applied(translation: object): void {
    const applied = this.#translations.get(translation) ?? 0
    const [now, wall] = [this.#clock.now(), this.#clock.wall()]
    // They stand in the order of their translations.
    const found = this.#waiting.findIndex(({ translation }) => translation > applied)
    const done = this.#waiting.splice(0, found === -1 ? this.#waiting.length : found)
    for (const { arrivedAt, changedAt } of done) {
      this.sinceArrival.observe((now - arrivedAt) / 1000)
      if (changedAt !== undefined) this.sinceChange.observe(Math.max(0, wall - changedAt) / 1000)
    }
  }
}

/** Wall-clock milliseconds; NaN where the slice does not say. */
function triggeredAt(after: KubernetesObject, before: KubernetesObject | undefined): number {
  const trigger = after.metadata.annotations.get(TRIGGER_TIME)
  // The same as before: it changed for another reason, at a time that nobody knows.
  const isNew = trigger !== undefined && trigger !== before?.metadata.annotations.get(TRIGGER_TIME)
  return isNew ? Date.parse(trigger) : Number.NaN
}

/** The time that a Pod has until its deletion counts from when it was asked for. */
function toldToEndAt({ metadata }: Pod): number {
  return (metadata.deletionTimestamp ?? Number.NaN) - (metadata.deletionGracePeriodSeconds ?? Number.NaN) * 1000
}
