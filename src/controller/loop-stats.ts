/** What the loop counts of itself, for metrics. */
import type { Clock } from '../lib/clock.ts'
import { Histogram } from '../lib/histogram.ts'
import { ApplyLag } from './apply-lag.ts'

export type Lane = 'all' | 'endpoints'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export class LoopStats {
  readonly #clock: Clock
  /** Seconds that translations took. */
  readonly translations: Readonly<Record<Lane, Histogram>>
  readonly lag: ApplyLag
  /** Translations that every worker has. */
  appliedTranslations = 0
  publishFailures = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.translations = { all: new Histogram(SECONDS), endpoints: new Histogram(SECONDS) }
    this.lag = new ApplyLag(clock)
  }

  /** Runs a translation and notes how long it took. */
  time<T>(lane: Lane, translate: () => T): T {
    const from = this.#clock.now()
    const translation = translate()
    this.translations[lane].observe((this.#clock.now() - from) / 1000)
    return translation
  }

  applied(translation: object): void {
    this.appliedTranslations++
    this.lag.applied(translation)
  }
}
