/**
 * The keys that come most often, in a memory that does not grow: Space-Saving (A. Metwally, D. Agrawal, A. El Abbadi:
 * Efficient Computation of Frequent and Top-k Elements in Data Streams, ICDT 2005). A key that has no place takes that
 * of the rarest one, and its count as the error of its own. So a count is never too low, too high by its error at most,
 * and a key that is more than one of `places` of all that came has a place.
 */
export interface Hitter {
  readonly key: string
  readonly count: number
  /** By how much the count may be too high. */
  readonly error: number
}

export class HeavyHitters {
  readonly #places: number
  readonly #counts = new Map<string, { count: number; error: number }>()

  constructor(places: number) {
    this.#places = places
  }

  add(key: string): void {
    const known = this.#counts.get(key)
    if (known !== undefined) {
      known.count++
      return
    }
    const error = this.#counts.size < this.#places ? 0 : this.#evict()
    this.#counts.set(key, { count: error + 1, error })
  }

  /** Makes what came so far count for half. */
  halve(): void {
    for (const [key, place] of this.#counts) {
      place.count = Math.floor(place.count / 2)
      place.error = Math.floor(place.error / 2)
      if (place.count === 0) this.#counts.delete(key)
    }
  }

  /** The most frequent first. */
  top(): readonly Hitter[] {
    const all = [...this.#counts].map(([key, { count, error }]): Hitter => ({ key, count, error }))
    return all.sort((a, b) => b.count - a.count)
  }

  /** @returns how often the rarest key came, which has no place any more. */
  #evict(): number {
    let rarest = ''
    let least = Number.POSITIVE_INFINITY
    for (const [key, { count }] of this.#counts) {
      if (count >= least) continue
      rarest = key
      least = count
    }
    this.#counts.delete(rarest)
    return least
  }
}
