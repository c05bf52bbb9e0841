/**
 * Is the canary worse than its primary? Told once a second what the two have done so far, it compares them second by
 * second: whatever happens to both of them (a slow database, a network) is no difference. Errors and latency are two
 * wagers; see there for what they promise. Pure: time is how often it is told.
 */
import { bucketOf, bucketsFor, quantileBucket, upperBound } from '../../lib/log-buckets.ts'
import type { VariantTally } from '../../model/canary.ts'
import { Wager } from './wager.ts'

/** A canary that is no worse is called worse once in 400 rollouts at most: half of it for each of two wagers. */
const FALSE_ALARMS = 1 / 400
const LOG_THRESHOLD = Math.log(2 / FALSE_ALARMS)
/** Three bad seconds at least; for latency, of which one pause makes a whole second bad, five. */
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
  /** Odds for it to be worse against it not to be, as natural logarithms; see `Wager`. */
  readonly evidence: { readonly errors: number; readonly latency: number }
  readonly canary: Numbers
  readonly primary: Numbers
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

  constructor(spec: JudgeSpec) {
    this.#errors = new Wager({ tolerated: 1 + spec.errorTolerancePercent / 100, most: MOST_PER_SECOND.errors })
    const wager = () => new Wager({ tolerated: 1, most: MOST_PER_SECOND.latency })
    this.#latency =
      spec.latencyTolerancePercent === 0 ? [] : QUANTILES.map((quantile) => ({ quantile, wager: wager() }))
    this.#shift = bucketsFor(1 + spec.latencyTolerancePercent / 100)
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
    const errors = this.#errors.logWealth
    const latency = this.#latencyWealth()
    const worse = errors >= LOG_THRESHOLD ? 'errors' : latency >= LOG_THRESHOLD ? 'latency' : undefined
    return { worse, evidence: { errors, latency }, canary: this.#canary, primary: this.#primary }
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

  /** The mean of the two: of wagers against the same house, that is a wager too. */
  #latencyWealth(): number {
    const logs = this.#latency.map(({ wager }) => wager.logWealth)
    if (logs.length === 0) return 0
    const most = Math.max(...logs)
    return most + Math.log(logs.reduce((all, log) => all + Math.exp(log - most), 0) / logs.length)
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
