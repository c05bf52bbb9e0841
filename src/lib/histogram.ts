/** Observations counted by their size. */
export class Histogram {
  /** Upper bounds, included in their bucket; what is larger than the last has a bucket too. */
  readonly bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number): void {
    const found = this.bounds.findIndex((bound) => value <= bound)
    const at = found === -1 ? this.bounds.length : found
    this.#counts[at] = this.#counts[at]! + 1
    this.#sum += value
  }

  /** Observations in each bucket (not cumulative; the last is for infinity), and their sum. */
  get value(): { readonly counts: readonly number[]; readonly sum: number } {
    return { counts: [...this.#counts], sum: this.#sum }
  }
}
