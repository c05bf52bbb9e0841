/**
 * A limit of the whole cluster without a store: every replica allows a share of it, and the shares follow the traffic.
 * They come from the same sums by the same rule everywhere and add up to one, so that what passes in all is the limit
 * as soon as every replica gets more than its share, and nearly all of it before.
 */
import type { Sums } from './message.ts'

/** The part that is divided evenly: what a replica has for traffic that comes anew. */
const EVEN = 0.06
/** How much of its last second a rate of requests is. */
const NEWEST = 0.5

/** Limits that hold for all replicas together, as they are counted in this one. */
export interface SharedLimits {
  /** Requests asked for since it was asked last, admitted or not, by the name of their limit. */
  demands(): ReadonlyMap<string, number>
  /** From now on this replica allows so much of a limit, in (0, 1]. */
  share(name: string, share: number): void
}

/** What is known of the other replicas. */
export interface Others {
  readonly known: number
  readonly heard: number
  of(name: string): readonly (readonly number[])[]
}

export class LimitSharing {
  readonly #limits: SharedLimits
  /** Requests a second, smoothed. */
  #rates = new Map<string, number>()

  constructor(limits: SharedLimits) {
    this.#limits = limits
  }

  /** What the others are to know. To be called once a second. */
  sums(): Sums {
    const demands = [...this.#limits.demands()]
    this.#rates = new Map(
      demands.map(([name, demand]) => [name, NEWEST * demand + (1 - NEWEST) * (this.#rates.get(name) ?? demand)]),
    )
    return new Map([...this.#rates].map(([name, rate]) => [topic(name), [Math.round(rate * 1000) / 1000]]))
  }

  /** Sets the shares by what the others said. */
  divide(others: Others): void {
    for (const [name, own] of this.#rates) {
      const theirs = others.of(topic(name)).map(([rate = 0]) => rate)
      this.#limits.share(name, shareOf({ own, theirs, replicas: 1 + Math.max(others.known, others.heard) }))
    }
  }
}

/**
 * Replicas that are there and not heard of may admit an even share each, as they do when they hear of nobody; what is
 * left is divided among the others by their traffic.
 * @param theirs rates of the replicas that were heard of.
 */
export function shareOf({
  own,
  theirs,
  replicas,
}: {
  own: number
  theirs: readonly number[]
  replicas: number
}): number {
  const heard = 1 + theirs.length
  const total = theirs.reduce((sum, each) => sum + each, own)
  const byTraffic = total === 0 ? 1 / heard : own / total
  return (heard / Math.max(replicas, heard)) * ((1 - EVEN) * byTraffic + EVEN / heard)
}

function topic(limit: string): string {
  return `limit/${limit}`
}
