/**
 * Finds what belongs to a host. A hash table of our own, where a Map would do but for one thing: V8 internalizes every
 * string that an optimized function looks up in a Map, a runtime call for each request that names another host than
 * the last one, and a string table that fills with whatever clients send. Never changed: the next one is made of it by
 * copying an array, or two where a host is new, so that a change costs as much as that in a cluster of thousands.
 */
import { hashText } from '../../lib/hash.ts'

export class HostIndex<T> {
  /** Each host, followed by its value. Neighbours, as are hash and number below: every other place is a cache miss. */
  readonly #entries: Entries<T>
  /** By hash: the whole hash, and where in the entries its value is; 0 is free. At most half of the slots are taken. */
  readonly #slots: Int32Array
  readonly #mask: number

  private constructor(entries: Entries<T>, slots: Int32Array) {
    this.#entries = entries
    this.#slots = slots
    this.#mask = (slots.length >> 1) - 1
  }

  /** @param hosts each once. */
  static of<T>(hosts: Iterable<readonly [host: string, value: T]>): HostIndex<T> {
    const entries: Entries<T> = [...hosts].flat()
    const slots = 2 ** Math.ceil(Math.log2(entries.length * SPARE + 2))
    const index = new HostIndex(entries, new Int32Array(2 * slots))
    for (let entry = 0; entry < entries.length; entry += 2) index.#enter(entry)
    return index
  }

  get(host: string): T | undefined {
    const hash = hashOf(host)
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const value = this.#slots[2 * slot + 1]!
      if (value === 0) return undefined
      if (this.#slots[2 * slot] === hash && this.#entries[value - 1] === host) return this.#entries[value] as T
    }
  }

  /** The same with these values; `undefined` for a host that is gone, whose place stays until places run out. */
  with(changes: ReadonlyMap<string, T | undefined>): HostIndex<T> {
    if (this.#entries.length + 2 * changes.size > this.#mask) return HostIndex.of(this.#living(changes))
    // Mostly none is new, and all keep their places: this is what there is most to copy of.
    const isOld = [...changes.keys()].every((host) => this.#slots[2 * this.#slotOf(host) + 1] !== 0)
    const next = new HostIndex(this.#entries.slice(), isOld ? this.#slots : this.#slots.slice())
    for (const [host, value] of changes) next.#put(host, value)
    return next
  }

  #put(host: string, value: T | undefined): void {
    const slot = this.#slotOf(host)
    const known = this.#slots[2 * slot + 1]!
    if (known !== 0) this.#entries[known] = value
    else if (value !== undefined) this.#enter(this.#entries.push(host, value) - 2)
  }

  #enter(entry: number): void {
    const host = this.#entries[entry] as string
    const slot = this.#slotOf(host)
    this.#slots[2 * slot] = hashOf(host)
    this.#slots[2 * slot + 1] = entry + 1
  }

  /** Where a host is, or would be. */
  #slotOf(host: string): number {
    const hash = hashOf(host)
    let slot = hash & this.#mask
    for (; ; slot = (slot + 1) & this.#mask) {
      const value = this.#slots[2 * slot + 1]!
      if (value === 0 || (this.#slots[2 * slot] === hash && this.#entries[value - 1] === host)) return slot
    }
  }

  #living(changes: ReadonlyMap<string, T | undefined>): Map<string, T> {
    const living = new Map<string, T>()
    const put = (host: string, value: T | undefined) =>
      value === undefined ? living.delete(host) : living.set(host, value)
    for (let entry = 0; entry < this.#entries.length; entry += 2) {
      put(this.#entries[entry] as string, this.#entries[entry + 1] as T | undefined)
    }
    for (const [host, value] of changes) put(host, value)
    return living
  }
}

type Entries<T> = (string | T | undefined)[]

/** Room for hosts that come later, before all has to be laid out anew. */
const SPARE = 1.25

/** As the slots hold it: signed. */
function hashOf(host: string): number {
  return hashText(host) | 0
}
