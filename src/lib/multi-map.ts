/** Several values under one key, each once, in the order in which they came. */
export class MultiMap<K, V> {
  readonly #groups = new Map<K, Set<V>>()

  keys(): Iterable<K> {
    return this.#groups.keys()
  }

  has(key: K): boolean {
    return this.#groups.has(key)
  }

  /** Empty where there is nothing under a key. */
  get(key: K): Iterable<V> {
    return this.#groups.get(key) ?? []
  }

  /** @returns whether it is the first one under its key. */
  add(key: K, value: V): boolean {
    const group = this.#groups.get(key)
    if (group === undefined) this.#groups.set(key, new Set([value]))
    else group.add(value)
    return group === undefined
  }

  /** @returns whether it was the last one under its key. */
  delete(key: K, value: V): boolean {
    const group = this.#groups.get(key)
    if (group === undefined || !group.delete(value) || group.size > 0) return false
    return this.#groups.delete(key)
  }
}
