/**
 * Draws a place in proportion to its weight, in constant time however many there are: the alias method (A. J. Walker
 * 1977, in the numerically stable form of M. D. Vose 1991).
 */
import type { Random } from '../../lib/random.ts'

export class WeightedChoice {
  readonly #count: number
  readonly #random: Random
  /** Chance of each place to be taken as drawn, and the place that is taken otherwise; not needed for equal weights. */
  readonly #chance: Float64Array | undefined
  readonly #alias: Int32Array | undefined

  /** @param weights at least one, all greater than zero. */
  constructor(weights: readonly number[], random: Random) {
    this.#count = weights.length
    this.#random = random
    if (weights.every((weight) => weight === weights[0])) return
    this.#chance = new Float64Array(this.#count).fill(1)
    this.#alias = new Int32Array(this.#count)
    this.#level(weights)
  }

  draw(): number {
    const at = Math.floor(this.#random() * this.#count)
    if (this.#chance === undefined || this.#random() < this.#chance[at]!) return at
    return this.#alias![at]!
  }

  /** Fills up what is below the mean from what is above it, until all are level. */
  #level(weights: readonly number[]): void {
    const mean = weights.reduce((sum, weight) => sum + weight, 0) / this.#count
    const share = weights.map((weight) => weight / mean)
    const poor = [...share.keys()].filter((i) => share[i]! < 1)
    const rich = [...share.keys()].filter((i) => share[i]! >= 1)
    while (poor.length > 0 && rich.length > 0) {
      const low = poor.pop()!
      const high = rich.at(-1)!
      this.#chance![low] = share[low]!
      this.#alias![low] = high
      share[high]! -= 1 - share[low]!
      if (share[high]! < 1) poor.push(rich.pop()!)
    }
  }
}
