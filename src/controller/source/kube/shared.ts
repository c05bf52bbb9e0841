/** Equal parts of many objects, once in memory: the Pods of a Deployment differ in little. */
const MOST = 20_000

export class Shared {
  readonly #known = new Map<string, object>()

  /** The same part, or an equal one that came before. @param part plain JSON, never changed from now on. */
  of<T extends object>(part: T): T {
    return this.#same(JSON.stringify(part), part)
  }

  /** The same for a map of texts. */
  ofMap(part: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    return this.#same(`map ${JSON.stringify([...part])}`, part)
  }

  #same<T extends object>(text: string, part: T): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known as T
    // Where all differ there is nothing to share, and nothing to keep for it either.
    if (this.#known.size >= MOST) this.#known.clear()
    this.#known.set(text, part)
    return part
  }
}
