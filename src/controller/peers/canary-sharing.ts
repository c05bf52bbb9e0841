/**
 * What became of the requests of each variant in all replicas together: each tells the others its own counts, and adds
 * what it hears to its own. Counts only grow, so that what is lost of them comes with the next datagram. Of a replica
 * that is heard of for the first time only what it counts from then on is known; what one that left had counted stays.
 */
import { BUCKET_COUNT } from '../../lib/log-buckets.ts'
import type { CanaryTally, VariantTally } from '../../model/canary.ts'
import type { Others } from './limit-sharing.ts'
import type { Sums } from './message.ts'

type Counts = Omit<VariantTally, 'name'>

/** What one replica said of a canary. */
interface Said {
  /** When it began to be heard of. */
  readonly first: readonly Counts[]
  last: readonly Counts[]
}

export class CanarySharing {
  readonly #own: () => readonly CanaryTally[]
  readonly #self: number
  /** By canary, then by who says it. */
  readonly #said = new Map<string, Map<string, Said>>()

  /** @param self a number that no other replica has. */
  constructor(own: () => readonly CanaryTally[], self: number) {
    this.#own = own
    this.#self = self
  }

  /** What the others are to know. */
  sums(): Sums {
    return new Map(
      this.#own().map(({ name, series, variants }) => [topic(name), [this.#self, series, ...variants.flatMap(packed)]]),
    )
  }

  /** Takes in what the others said. To be called about once a second. */
  hear(others: Pick<Others, 'of'>): void {
    const own = this.#own()
    const known = new Set(own.map(({ name }) => name))
    for (const name of this.#said.keys()) if (!known.has(name)) this.#said.delete(name)
    for (const { name, variants } of own) {
      for (const [replica = 0, series = 0, ...rest] of others.of(topic(name))) {
        const counts = unpacked(rest)
        // Another list of variants: one of us two has not heard of the change yet.
        if (counts.length !== variants.length) continue
        const ofCanary = this.#said.getOrInsertComputed(name, () => new Map())
        const said = ofCanary.getOrInsertComputed(`${replica}/${series}`, () => ({ first: counts, last: counts }))
        said.last = counts
      }
    }
  }

  /** Of all replicas that were heard of, this one included. */
  tallies(): readonly CanaryTally[] {
    return this.#own().map((tally) => {
      const said = [...(this.#said.get(tally.name)?.values() ?? [])]
      const fitting = said.filter(({ last }) => last.length === tally.variants.length)
      const variants = tally.variants.map((variant, i) => {
        return fitting.reduce((sum, { first, last }) => plus(sum, first[i]!, last[i]!), variant)
      })
      return { ...tally, variants }
    })
  }
}

function topic(canary: string): string {
  return `canary/${canary}`
}

/** Buckets from the first to the last one that holds anything: most of them are empty. */
function packed({ successes, failures, latencies }: VariantTally): readonly number[] {
  const first = Math.max(
    0,
    latencies.findIndex((count) => count > 0),
  )
  const held = latencies.slice(first, latencies.findLastIndex((count) => count > 0) + 1)
  return [successes, failures, first, held.length, ...held]
}

function unpacked(numbers: readonly number[]): readonly Counts[] {
  const [successes, failures, first, length, ...rest] = numbers
  if (successes === undefined || failures === undefined || first === undefined || length === undefined) return []
  const latencies = new Array<number>(BUCKET_COUNT).fill(0)
  for (const [i, count] of rest.slice(0, length).entries()) if (first + i < BUCKET_COUNT) latencies[first + i] = count
  return [{ successes, failures, latencies }, ...unpacked(rest.slice(length))]
}

/** Counters wrap around. */
function plus(sum: VariantTally, first: Counts, last: Counts): VariantTally {
  const grown = (to: number, from: number) => (to - from) >>> 0
  return {
    name: sum.name,
    successes: sum.successes + grown(last.successes, first.successes),
    failures: sum.failures + grown(last.failures, first.failures),
    latencies: sum.latencies.map((count, i) => count + grown(last.latencies[i] ?? 0, first.latencies[i] ?? 0)),
  }
}
