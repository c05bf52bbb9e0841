/** Counters by the values of their labels. Only for labels whose values are words of ours: nothing is ever forgotten. */
export class Counts {
  readonly #series = new Map<string, { readonly labels: readonly string[]; count: number }>()

  add(...labels: readonly string[]): void {
    const key = JSON.stringify(labels)
    const series = this.#series.get(key) ?? { labels, count: 0 }
    series.count++
    this.#series.set(key, series)
  }

  of(...labels: readonly string[]): number {
    return this.#series.get(JSON.stringify(labels))?.count ?? 0
  }

  get entries(): readonly (readonly [labels: readonly string[], count: number])[] {
    return [...this.#series.values()].map(({ labels, count }) => [labels, count])
  }
}
