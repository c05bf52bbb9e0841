/**
 * Is the canary worse than its primary? Told once a second what the two have done so far, it compares them second by
 * second: whatever happens to both of them (a slow database, a network) is no difference. Errors and latency are two
 * wagers; see there for what they promise. Pure: time is how often it is told.
 */
import { bucketOf, bucketsFor, quantileBucket, upperBound } from '../../lib/log-buckets.ts'
import type { VariantTally } from '../../model/canary.ts'
import { logAdd } from './log-add.ts'
import { type Size, Wager } from './wager.ts'

/** A canary that is no worse is called worse once in 400 rollouts at most. */
const FALSE_ALARMS = 1 / 400
/** How the one coin that the two wagers have together is divided: errors harm more than waiting does. */
const PURSE = { errors: 0.9, latency: 0.1 }
/**
 * A new version that fails mostly does so many times as often as the old one, which hardly ever does: on that there is
 * most. Little is enough for small differences, which take thousands of requests to see anyway.
 */
const ERROR_SIZES: readonly Size[] = [
  [1.5, 0.02],
  [2, 0.03],
  [3, 0.03],
  [5, 0.05],
  [10, 0.07],
  [30, 0.15],
  [100, 0.3],
  [300, 0.35],
]
/** Where half of the answers count as slow there is nothing such as a hundred times. */
const LATENCY_SIZES: readonly Size[] = [1.5, 2, 3, 5, 10, 30, 100].map((size) => [size, 1 / 7])
/** Two bad seconds at least; for latency, of which one pause makes a whole second bad, four. */
const MOST_PER_SECOND = { errors: 100, latency: 10 }
/** What is called slow: slower than half, and slower than nineteen of twenty, of what the primary did of late. */
const QUANTILES = [0.5, 0.95] as const
/** A node that is further away makes fast answers many times as slow: less than this is never held against anybody. */
const LEAST_SLOWER_MS = 5
/** What the primary did long ago counts less: half after 69 seconds. */
const MEMORY = 0.99
/** Of the primary, before anything is called slow. */
const LEAST_KNOWN = 50

export interface JudgeSpec {
  /** By how many percent the odds of an error may be higher than those of the primary. */
  readonly errorTolerancePercent: number
  /** By how many percent slower it may be; 0 judges no latency. */
  readonly latencyTolerancePercent: number
}

/** What one of the two has done while it was judged. */
export interface Numbers {
  readonly requests: number
  readonly failures: number
  /** Times to the head of the answer, by bucket. */
  readonly latencies: readonly number[]
}

export interface Finding {
  readonly worse: 'errors' | 'latency' | undefined
  /** What was won of the coin that is bet on *worse*, as natural logarithms; see `Wager`. */
  readonly evidence: Evidence
  readonly canary: Numbers
  readonly primary: Numbers
}

export interface Evidence {
  /** By the two bets, and in all. */
  readonly errors: number
  readonly latency: number
  readonly total: number
}

const NOTHING: Numbers = { requests: 0, failures: 0, latencies: [] }

export class Judge {
  readonly #errors: Wager
  readonly #latency: readonly { readonly quantile: number; readonly wager: Wager }[]
  readonly #shift: number
  /** Latencies of the primary of late. */
  #usual: readonly number[] = []
  #last: { readonly canary: Numbers; readonly primary: Numbers } | undefined
  #canary = NOTHING
  #primary = NOTHING

  constructor({ errorTolerancePercent, latencyTolerancePercent }: JudgeSpec) {
    const tolerated = 1 + errorTolerancePercent / 100
    this.#errors = new Wager({ sizes: ERROR_SIZES, tolerated, most: MOST_PER_SECOND.errors })
    const wager = () => new Wager({ sizes: LATENCY_SIZES, tolerated: 1, most: MOST_PER_SECOND.latency })
    this.#latency = latencyTolerancePercent === 0 ? [] : QUANTILES.map((quantile) => ({ quantile, wager: wager() }))
    this.#shift = bucketsFor(1 + latencyTolerancePercent / 100)
  }

  /** @param canary and primary: what was counted so far; the first time is where judging begins. */
  observe(canary: VariantTally, primary: VariantTally): void {
    const now = { canary: numbersOf(canary), primary: numbersOf(primary) }
    const before = this.#last ?? now
    this.#last = now
    const [c, p] = [since(before.canary, now.canary), since(before.primary, now.primary)]
    this.#errors.observe({
      ...{ canary: c.requests, canaryBad: c.failures },
      ...{ primary: p.requests, primaryBad: p.failures },
    })
    this.#observeLatency(c.latencies, p.latencies)
    this.#canary = sum(this.#canary, c)
    this.#primary = sum(this.#primary, p)
  }

  /** What is known by now. */
  get finding(): Finding {
    const evidence = this.#evidence
    const isWorse = evidence.total >= -Math.log(FALSE_ALARMS)
    const worse = !isWorse ? undefined : evidence.errors >= evidence.latency ? 'errors' : 'latency'
    return { worse, evidence, canary: this.#canary, primary: this.#primary }
  }

  /** Of wagers against the same house, any mixture is a wager too: what they share is not paid for twice. */
  get #evidence(): Evidence {
    const forLatency = this.#latency.length === 0 ? 0 : PURSE.latency
    const errors = this.#errors.logWealth + Math.log(1 - forLatency)
    const latency = this.#latency
      .map(({ wager }) => wager.logWealth + Math.log(forLatency / this.#latency.length))
      .reduce(logAdd, Number.NEGATIVE_INFINITY)
    return { errors, latency, total: logAdd(errors, latency) }
  }

  /** What is slow is said by what the primary did before this second: nobody can choose it with hindsight. */
  #observeLatency(canary: readonly number[], primary: readonly number[]): void {
    const known = total(this.#usual)
    for (const { quantile, wager } of known < LEAST_KNOWN ? [] : this.#latency) {
      const slow = quantileBucket(this.#usual, quantile)
      wager.observe({
        ...{ canary: total(canary), canaryBad: above(canary, this.#tolerable(slow)) },
        ...{ primary: total(primary), primaryBad: above(primary, slow) },
      })
    }
    this.#usual = primary.map((count, bucket) => count + (this.#usual[bucket] ?? 0) * MEMORY)
  }

  /** The last bucket that is not slower than this one by more than is tolerated. */
  #tolerable(bucket: number): number {
    return Math.max(bucket + this.#shift, bucketOf(upperBound(bucket) + LEAST_SLOWER_MS))
  }
}

/** A quantile in milliseconds; undefined where nothing was counted. */
export function quantileMs({ latencies }: Numbers, quantile: number): number | undefined {
  const bucket = quantileBucket(latencies, quantile)
  return bucket < 0 ? undefined : upperBound(bucket)
}

function numbersOf({ successes, failures, latencies }: VariantTally): Numbers {
  return { requests: (successes + failures) % 2 ** 32, failures, latencies }
}

/** Counters wrap around. */
function since(before: Numbers, now: Numbers): Numbers {
  return {
    requests: (now.requests - before.requests) >>> 0,
    failures: (now.failures - before.failures) >>> 0,
    latencies: now.latencies.map((count, i) => (count - (before.latencies[i] ?? 0)) >>> 0),
  }
}

function sum(a: Numbers, b: Numbers): Numbers {
  const latencies = b.latencies.map((count, i) => count + (a.latencies[i] ?? 0))
  return { requests: a.requests + b.requests, failures: a.failures + b.failures, latencies }
}

function total(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0)
}

function above(counts: readonly number[], bucket: number): number {
  let all = 0
  for (let i = bucket + 1; i < counts.length; i++) all += counts[i]!
  return all
}
