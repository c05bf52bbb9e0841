/** Request ids: 32 hexadecimal digits, unique and hard to foresee; not secrets. */
import type { Random } from '../lib/random.ts'

const HEX_BYTES: readonly string[] = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'))

export class RequestIds {
  readonly #random: Random
  #prefix = ''
  #left = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Half of an id is fresh for each request, the other half for each run of 4096, which saves half the cost. */
  next(): string {
    if (this.#left-- === 0) {
      this.#prefix = this.#quad() + this.#quad() + this.#quad() + this.#quad()
      this.#left = 4095
    }
    return this.#prefix + this.#quad() + this.#quad() + this.#quad() + this.#quad()
  }

  #quad(): string {
    return HEX_BYTES[Math.floor(this.#random() * 65_536)]!
  }
}
