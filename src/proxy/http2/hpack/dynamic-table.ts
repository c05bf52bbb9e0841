/** The dynamic table of one direction (RFC 7541 section 2.3.2): a ring of entries, the newest first, bounded in bytes. */

/** Anything that knows what it counts in the table. */
export interface TableEntry {
  readonly size: number
}

const FIRST_SLOTS = 8

export class DynamicTable<Entry extends TableEntry> {
  #slots: (Entry | undefined)[] = new Array(FIRST_SLOTS).fill(undefined)
  #count = 0
  /** Slot of the next entry. */
  #next = 0
  #size = 0
  #maxSize: number
  readonly #onEvict: ((entry: Entry) => void) | undefined

  constructor(maxSize: number, onEvict?: (entry: Entry) => void) {
    this.#maxSize = maxSize
    this.#onEvict = onEvict
  }

  get count(): number {
    return this.#count
  }

  /** Bytes, counted as the RFC does. */
  get size(): number {
    return this.#size
  }

  get maxSize(): number {
    return this.#maxSize
  }

  /** @param age 0 for the newest entry. */
  at(age: number): Entry | undefined {
    if (age >= this.#count) return undefined
    return this.#slots[(this.#next - 1 - age) & (this.#slots.length - 1)]
  }

  /** Makes room and adds; an entry larger than the table empties it (section 4.4). @returns whether it is in. */
  add(entry: Entry): boolean {
    const { size } = entry
    this.#evict(this.#maxSize - size)
    if (size > this.#maxSize) return false
    if (this.#count === this.#slots.length) this.#grow()
    this.#slots[this.#next] = entry
    this.#next = (this.#next + 1) & (this.#slots.length - 1)
    this.#count++
    this.#size += size
    return true
  }

  resize(maxSize: number): void {
    this.#maxSize = maxSize
    this.#evict(maxSize)
  }

  #evict(room: number): void {
    while (this.#size > room && this.#count > 0) {
      const slot = (this.#next - this.#count) & (this.#slots.length - 1)
      const entry = this.#slots[slot]!
      this.#slots[slot] = undefined
      this.#count--
      this.#size -= entry.size
      this.#onEvict?.(entry)
    }
  }

  /** The slots are bounded: an entry counts at least its overhead. */
  #grow(): void {
    const entries = Array.from({ length: this.#count }, (_, age) => this.at(this.#count - 1 - age))
    this.#slots = [...entries, ...new Array(this.#slots.length).fill(undefined)]
    this.#next = this.#count
  }
}
