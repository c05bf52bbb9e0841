/**
 * A canary beside its primary, second by second on no clock at all: requests come by chance, fail by chance and take a
 * time by chance, and the judge of the controller looks on. For the simulation, and for the tests of the judge.
 */
import { type Finding, Judge, type JudgeSpec } from '../../src/controller/canary/judge.ts'
import { BUCKET_COUNT, bucketOf } from '../../src/lib/log-buckets.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'

export interface Service {
  /** Share of its requests that fail. */
  readonly errors: number
  /** Milliseconds that half of its answers take at most; the times are log-normal. */
  readonly medianMs: number
}

export interface Trial {
  readonly canary: Service
  readonly primary: Service
  readonly requestsPerSecond: number
  /** Percent. */
  readonly weight: number
  readonly seconds: number
  readonly judge: JudgeSpec
  readonly seed: number
}

export interface Outcome {
  /** Seconds until the canary was found to be worse; `undefined` where it was not. */
  readonly foundAfter: number | undefined
  readonly finding: Finding
}

/** How far times spread: a p95 of 2.3 times the median. */
const SPREAD = 0.5

export function tryOut({ canary, primary, requestsPerSecond, weight, seconds, judge: spec, seed }: Trial): Outcome {
  const random = seededRandom(seed)
  const judge = new Judge(spec)
  const counted = { canary: new Counted('canary', canary, random), primary: new Counted('primary', primary, random) }
  judge.observe(counted.canary.tally, counted.primary.tally)
  for (let second = 1; second <= seconds; second++) {
    for (let n = 0; n < requestsPerSecond; n++) (random() * 100 < weight ? counted.canary : counted.primary).request()
    judge.observe(counted.canary.tally, counted.primary.tally)
    const { finding } = judge
    if (finding.worse !== undefined) return { foundAfter: second, finding }
  }
  return { foundAfter: undefined, finding: judge.finding }
}

class Counted {
  readonly #name: string
  readonly #service: Service
  readonly #random: Random
  #successes = 0
  #failures = 0
  readonly #latencies = new Array<number>(BUCKET_COUNT).fill(0)

  constructor(name: string, service: Service, random: Random) {
    this.#name = name
    this.#service = service
    this.#random = random
  }

  request(): void {
    const { errors, medianMs } = this.#service
    if (this.#random() < errors) this.#failures++
    else this.#successes++
    this.#latencies[bucketOf(medianMs * Math.exp(SPREAD * normal(this.#random)))]!++
  }

  get tally() {
    const latencies = [...this.#latencies]
    return { name: this.#name, successes: this.#successes, failures: this.#failures, latencies }
  }
}

/** Of mean 0 and deviation 1 (G. E. P. Box, M. E. Muller, 1958). */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
