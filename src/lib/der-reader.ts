/** Reads DER (ITU-T X.690) that strangers have written: what does not fit throws, and nothing is copied. */
import type { Buffer } from 'node:buffer'

export const TAGS = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  enumerated: 0x0a,
  generalizedTime: 0x18,
  sequence: 0x30,
} as const

/** `[number]` with a value of another type inside. */
export const explicitTag = (number: number): number => 0xa0 | number
/** `[number]` in the place of a simple type's own tag. */
export const implicitTag = (number: number): number => 0x80 | number

export interface DerValue {
  readonly tag: number
  readonly content: Buffer
  /** With tag and length. */
  readonly whole: Buffer
}

/** 16 MiB: more than anything that is read here. */
const MOST_LENGTH_BYTES = 3

export class DerReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  /** The next value. @throws Error where there is none of this tag. */
  value(tag: number): DerValue {
    const found = this.any()
    if (found.tag !== tag) throw new Error(`expected tag ${tag}, not ${found.tag}`)
    return found
  }

  /** What is inside of the next value. @throws Error where there is none of this tag. */
  inside(tag: number): DerReader {
    return new DerReader(this.value(tag).content)
  }

  /** The next value where it has this tag. */
  optional(tag: number): DerValue | undefined {
    return this.#bytes[this.#at] === tag ? this.any() : undefined
  }

  /** The next value of whatever tag. @throws Error where there is none. */
  any(): DerValue {
    const from = this.#at
    const tag = this.#byte()
    const length = this.#length()
    const end = this.#at + length
    if (end > this.#bytes.length) throw new Error('a value is cut off')
    const content = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return { tag, content, whole: this.#bytes.subarray(from, end) }
  }

  /** @throws Error where something is left. */
  end(): void {
    if (!this.atEnd) throw new Error('there is more than expected')
  }

  #length(): number {
    const first = this.#byte()
    if (first < 0x80) return first
    const digits = first & 0x7f
    if (digits === 0 || digits > MOST_LENGTH_BYTES) throw new Error('a length is out of bounds')
    let length = 0
    for (let i = 0; i < digits; i++) length = length * 256 + this.#byte()
    return length
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++]
    if (byte === undefined) throw new Error('a value is cut off')
    return byte
  }
}
