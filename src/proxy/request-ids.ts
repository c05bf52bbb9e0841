/** Request ids: 32 hexadecimal digits, unique over workers and restarts and cheap to make; they are no secrets. */
import type { Random } from '../lib/random.ts'

const QUADS: readonly string[] = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'))

export class RequestIds {
  readonly #random: Random
  #prefix = ''
  #count = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** 112 bits of chance, new for every 65536 ids, and a count: neighbours share cache lines as well as digits. */
  next(): string {
    if (this.#count === 0)
      this.#prefix = Array.from({ length: 7 }, () => QUADS[Math.floor(this.#random() * 65_536)]).join('')
    const id = this.#prefix + QUADS[this.#count]!
    this.#count = (this.#count + 1) & 0xffff
    return id
  }
}
