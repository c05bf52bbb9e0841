/**
 * What became of the requests of each variant of a canary, in memory that all workers share. Every worker has cells of
 * its own that nobody else writes; a question adds the workers up. Counters only grow, modulo 2^32.
 */
import { BUCKET_COUNT, bucketOf } from '../../lib/log-buckets.ts'

const SUCCESSES = 0
const FAILURES = 1
/** The same of requests that asked for their variant: whoever does is no sample of all. */
const ASKED = 2
const LATENCIES = 4
/** Whole lines of the cache: no two workers write the same one. */
const WIDTH = Math.ceil((LATENCIES + BUCKET_COUNT) / 16) * 16

export interface VariantMemory {
  readonly cells: SharedArrayBuffer
  readonly workers: number
}

/** @param variants how many, the primary included. */
export function variantMemory(workers: number, variants: number): VariantMemory {
  return { cells: new SharedArrayBuffer(variants * workers * WIDTH * Int32Array.BYTES_PER_ELEMENT), workers }
}

export interface Outcomes {
  readonly successes: number
  readonly failures: number
}

/** Since the memory was made. */
export interface VariantSums extends Outcomes {
  /** Of requests that asked for the variant, which are not among the others. */
  readonly asked: Outcomes
  /** Times to the head of the answer, by the buckets of `lib/log-buckets.ts`. */
  readonly latencies: readonly number[]
}

/** One variant, as one worker counts it. */
export class VariantCells {
  readonly #cells: Int32Array
  readonly #start: number

  constructor({ cells, workers }: VariantMemory, variant: number, worker: number) {
    this.#cells = new Int32Array(cells)
    this.#start = (variant * workers + worker) * WIDTH
  }

  /** @param latencyMs to the head of the answer; undefined where there was none. */
  count(isFailure: boolean, latencyMs: number | undefined): void {
    this.#cells[this.#start + (isFailure ? FAILURES : SUCCESSES)]!++
    if (latencyMs !== undefined) this.#cells[this.#start + LATENCIES + bucketOf(latencyMs)]!++
  }

  /** One that asked for the variant. */
  countAsked(isFailure: boolean): void {
    this.#cells[this.#start + ASKED + (isFailure ? FAILURES : SUCCESSES)]!++
  }
}

/** What all workers counted of a variant. */
export function variantSums({ cells, workers }: VariantMemory, variant: number): VariantSums {
  const view = new Uint32Array(cells)
  const sum = (cell: number): number => {
    let total = 0
    for (let worker = 0; worker < workers; worker++) total += view[(variant * workers + worker) * WIDTH + cell]!
    return total % 2 ** 32
  }
  return {
    successes: sum(SUCCESSES),
    failures: sum(FAILURES),
    asked: { successes: sum(ASKED + SUCCESSES), failures: sum(ASKED + FAILURES) },
    latencies: Array.from({ length: BUCKET_COUNT }, (_, bucket) => sum(LATENCIES + bucket)),
  }
}
