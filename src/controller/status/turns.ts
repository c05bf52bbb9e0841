/** A queue in which groups take turns: a large one does not hold up the others. */
export class Turns<T> {
  /** Those whose turn is next come first. */
  readonly #groups = new Map<string, Set<T>>()

  get size(): number {
    return this.#groups.values().reduce((sum, { size }) => sum + size, 0)
  }

  add(group: string, item: T): void {
    const items = this.#groups.get(group) ?? new Set<T>()
    this.#groups.set(group, items.add(item))
  }

  delete(group: string, item: T): void {
    const items = this.#groups.get(group)
    items?.delete(item)
    if (items?.size === 0) this.#groups.delete(group)
  }

  /** Takes the oldest of the group whose turn it is. */
  next(): T | undefined {
    for (const [group, items] of this.#groups) {
      this.#groups.delete(group)
      for (const item of items) {
        items.delete(item)
        if (items.size > 0) this.#groups.set(group, items)
        return item
      }
    }
    return undefined
  }

  clear(): void {
    this.#groups.clear()
  }
}
