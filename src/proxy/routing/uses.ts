/** How often names are used, so that it is known when one is not used any more without looking at all of them. */
export class Uses {
  readonly #counts = new Map<string, number>()
  #unused = new Set<string>()

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  add(names: Iterable<string>): void {
    for (const name of names) {
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
      this.#unused.delete(name)
    }
  }

  /** @param names each of which was added before. */
  drop(names: Iterable<string>): void {
    for (const name of names) {
      const left = (this.#counts.get(name) ?? 0) - 1
      if (left > 0) this.#counts.set(name, left)
      else {
        this.#counts.delete(name)
        this.#unused.add(name)
      }
    }
  }

  /** Names whose last use ended since this was asked. */
  takeUnused(): ReadonlySet<string> {
    const unused = this.#unused
    this.#unused = new Set()
    return unused
  }
}
