/**
 * Finds what belongs to a host. A hash table of our own, where a Map would do but for one thing: V8 internalizes every
 * string that an optimized function looks up in a Map, a runtime call for each request that names another host than
 * the last one, and a string table that fills with whatever clients send. Built once, never changed.
 */
export class HostIndex<T> {
  readonly #hosts: string[] = []
  readonly #values: T[] = []
  readonly #hashes: number[] = []
  /** Number of an entry plus one, by hash; 0 is free. At most half of the slots are taken. */
  readonly #slots: Int32Array
  readonly #mask: number

  constructor(entries: Iterable<readonly [host: string, value: T]>) {
    for (const [host, value] of entries) {
      this.#hosts.push(host)
      this.#values.push(value)
      this.#hashes.push(hashOf(host))
    }
    const slots = 2 ** Math.ceil(Math.log2(2 * this.#hosts.length + 2))
    this.#slots = new Int32Array(slots)
    this.#mask = slots - 1
    for (const [entry, hash] of this.#hashes.entries()) {
      let slot = hash & this.#mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask
      this.#slots[slot] = entry + 1
    }
  }

  get(host: string): T | undefined {
    const hash = hashOf(host)
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot]! - 1
      if (entry < 0) return undefined
      if (this.#hashes[entry] === hash && this.#hosts[entry] === host) return this.#values[entry]
    }
  }
}

/** FNV-1a, folded so that the low bits depend on all; a small integer, which V8 keeps unboxed. */
function hashOf(host: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < host.length; i++) hash = Math.imul(hash ^ host.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 15)) & 0x3fffffff
}
