/**
 * Finds what belongs to a host. A hash table of our own, where a Map would do but for one thing: V8 internalizes every
 * string that an optimized function looks up in a Map, a runtime call for each request that names another host than
 * the last one, and a string table that fills with whatever clients send. Built once, never changed.
 */
export class HostIndex<T> {
  /** Each host, followed by its value. Neighbours, as are hash and number below: every other place is a cache miss. */
  readonly #entries: (string | T)[] = []
  /** By hash: the whole hash, and where in the entries its value is; 0 is free. At most half of the slots are taken. */
  readonly #slots: Int32Array
  readonly #mask: number

  constructor(entries: Iterable<readonly [host: string, value: T]>) {
    for (const [host, value] of entries) this.#entries.push(host, value)
    const slots = 2 ** Math.ceil(Math.log2(this.#entries.length + 2))
    this.#slots = new Int32Array(2 * slots)
    this.#mask = slots - 1
    for (let entry = 0; entry < this.#entries.length; entry += 2) {
      const hash = hashOf(this.#entries[entry] as string)
      let slot = hash & this.#mask
      while (this.#slots[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask
      this.#slots[2 * slot] = hash
      this.#slots[2 * slot + 1] = entry + 1
    }
  }

  get(host: string): T | undefined {
    const hash = hashOf(host)
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const value = this.#slots[2 * slot + 1]!
      if (value === 0) return undefined
      if (this.#slots[2 * slot] === hash && this.#entries[value - 1] === host) return this.#entries[value] as T
    }
  }
}

/** FNV-1a, folded so that the low bits depend on all; a small integer, which V8 keeps unboxed. */
function hashOf(host: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < host.length; i++) hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}
