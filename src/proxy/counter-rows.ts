/**
 * Numbers of many series in one array, a row of equal length for each. What a request adds to lies side by side, where
 * an object for each series would spread it over boxed numbers: with thousands of routes each of those is a cache miss.
 */
export class CounterRows {
  readonly #width: number
  #values: Float64Array
  readonly #free: number[] = []
  #rows = 0

  constructor(width: number) {
    this.#width = width
    this.#values = new Float64Array(16 * width)
  }

  /** Good until the next `take`, which may replace it. */
  get values(): Float64Array {
    return this.#values
  }

  /** @returns where a row of zeros starts in `values`. */
  take(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const start = this.#rows++ * this.#width
    if (start === this.#values.length) {
      const more = new Float64Array(2 * start)
      more.set(this.#values)
      this.#values = more
    }
    return start
  }

  release(start: number): void {
    this.#values.fill(0, start, start + this.#width)
    this.#free.push(start)
  }
}
