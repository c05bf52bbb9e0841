/**
 * Decodes header blocks (RFC 7541 section 6). Fields leave as lines of text: those out of a table as the very string
 * that stands there, so that a warm connection decodes most of a head without touching its bytes.
 */
import { CR, LF, SP } from '../../http1/chars.ts'
import { classOfName, KIND } from '../field-kind.ts'
import { DynamicTable } from './dynamic-table.ts'
import { classOfField, Field } from './field.ts'
import { huffmanDecode } from './huffman.ts'
import { sharedField } from './shared-fields.ts'
import { STATIC_FIELDS, STATIC_SIZE } from './static-table.ts'

/** Size of the table we offer: the default, so that no change of it ever has to be agreed on. */
export const TABLE_SIZE = 4096

/** Larger integers mean nothing in a header block: no string and no table is that long. */
const MAX_INTEGER = 0xfffffff
const MOST_SIZE_UPDATES = 2
const COLON = 0x3a

/** Takes fields in order. */
export interface FieldSink {
  /**
   * @param never whether it must never enter a table on the way (RFC 7541 section 7.1.3).
   * @returns false to have no more of the block decoded.
   */
  add(field: Field, never: boolean): boolean
}

/** Where strings are decoded before they become text. One thread, no reentrance; grows with the longest block. */
let scratch = Buffer.allocUnsafeSlow(4096)

/** Where the block under way is read: likewise one for all, since between two blocks a decoder is nothing but its table. */
const cursor: { bytes: Uint8Array; at: number; end: number } = { bytes: scratch, at: 0, end: 0 }

export class HpackDecoder extends DynamicTable<Field> {
  constructor() {
    super(TABLE_SIZE)
  }

  /**
   * Decodes the whole block `bytes[start, end)`.
   * @returns false for an error in the coding, or where the sink had enough: the table is not what the peer thinks it is,
   * and the connection cannot go on (RFC 9113 section 4.3).
   */
  decode(bytes: Uint8Array, start: number, end: number, sink: FieldSink): boolean {
    cursor.bytes = bytes
    cursor.at = start
    cursor.end = end
    if (!this.#sizeUpdates()) return false
    while (cursor.at < end) {
      const first = bytes[cursor.at]!
      if (first >= 0x80) {
        const field = this.#lookup(this.#integer(0x7f))
        if (field === undefined) return false
        if (!sink.add(field, false)) return false
      } else if (first >= 0x40) {
        if (!this.#literal(this.#integer(0x3f), sink, true, false)) return false
      } else if (first < 0x20) {
        if (!this.#literal(this.#integer(0x0f), sink, false, first >= 0x10)) return false
      } else return false
    }
    return true
  }

  /** They stand at the beginning of a block, and there are at most two (section 4.2). */
  #sizeUpdates(): boolean {
    for (let n = 0; cursor.at < cursor.end && cursor.bytes[cursor.at]! >>> 5 === 1; n++) {
      const size = this.#integer(0x1f)
      if (n === MOST_SIZE_UPDATES || size < 0 || size > TABLE_SIZE) return false
      this.resize(size)
    }
    return true
  }

  #lookup(index: number): Field | undefined {
    if (index > STATIC_SIZE) return this.at(index - STATIC_SIZE - 1)
    return index > 0 ? STATIC_FIELDS[index] : undefined
  }

  /** @param index that of the name, 0 for a name that is spelled out. */
  #literal(index: number, sink: FieldSink, remember: boolean, never: boolean): boolean {
    if (index < 0) return false
    const named = index === 0 ? undefined : this.#lookup(index)
    if (index > 0 && named === undefined) return false
    const nameLength = named === undefined ? this.#string(0) : this.#copyName(named)
    if (nameLength < 0) return false
    const nameClass = named === undefined ? classOfName(scratch, 0, nameLength) : named.nameClass
    scratch[nameLength] = COLON
    scratch[nameLength + 1] = SP
    const start = nameLength + 2
    const end = this.#string(start)
    if (end < 0) return false
    const fieldClass = (nameClass & 15) === KIND.malformed ? nameClass : classOfField(nameClass, scratch, start, end)
    scratch[end] = CR
    scratch[end + 1] = LF
    const line = scratch.toString('latin1', 0, end + 2)
    if (!remember) return sink.add(new Field(line, nameLength, nameClass, fieldClass), never)
    const field = sharedField(line, nameLength, nameClass, fieldClass)
    this.add(field)
    return sink.add(field, never)
  }

  /** Puts the name at the beginning of the scratch. @returns its length. */
  #copyName({ line, nameLength }: Field): number {
    ensureScratch(nameLength + 2)
    for (let i = 0; i < nameLength; i++) scratch[i] = line.charCodeAt(i)
    return nameLength
  }

  /**
   * An integer whose prefix has these bits (section 5.1).
   * @returns -1 where it does not end in the block or is absurdly large.
   */
  #integer(mask: number): number {
    const bytes = cursor.bytes
    let value = bytes[cursor.at++]! & mask
    if (value < mask) return value
    for (let shift = 0; cursor.at < cursor.end; shift += 7) {
      const byte = bytes[cursor.at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (value > MAX_INTEGER || shift > 28) return -1
      if (byte < 0x80) return value
    }
    return -1
  }

  /** Decodes a string into the scratch. @returns its end there; -1 where it is cut short or badly coded. */
  #string(at: number): number {
    if (cursor.at >= cursor.end) return -1
    const coded = cursor.bytes[cursor.at]! >= 0x80
    const length = this.#integer(0x7f)
    const start = cursor.at
    if (length < 0 || length > cursor.end - start) return -1
    cursor.at = start + length
    // The shortest code has 5 bits; what follows a string is a colon and space, or CRLF.
    ensureScratch(at + ((length * 8) / 5 + 1) + 4)
    if (coded) return huffmanDecode(cursor.bytes, start, start + length, scratch, at)
    const bytes = cursor.bytes
    for (let i = 0; i < length; i++) scratch[at + i] = bytes[start + i]!
    return at + length
  }
}

/** Keeps what is in it. */
function ensureScratch(length: number): void {
  if (length <= scratch.length) return
  const larger = Buffer.allocUnsafeSlow(Math.ceil(length) * 2)
  scratch.copy(larger)
  scratch = larger
}
