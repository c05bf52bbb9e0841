/**
 * A field in a table, in the form it is handed on: one line as HTTP/1.1 writes it. A field out of the table costs no
 * copy and no look at its bytes: they were judged when they came.
 */
import { isFieldValue, KIND, type NameClass } from '../field-kind.ts'

/** What a table counts for an entry beside its bytes (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32
/** Bytes of a line that are neither name nor value: colon, space, CRLF. */
const LINE_OVERHEAD = 4

export class Field {
  /** `name: value` and CRLF, as Latin-1. */
  readonly line: string
  readonly nameLength: number
  /** Number and kind of the name; what is malformed is so by its name or its value. */
  readonly nameClass: NameClass
  readonly fieldClass: NameClass
  /** `name: `, for fields that share the name. */
  readonly prefix: string

  constructor(line: string, nameLength: number, nameClass: NameClass, fieldClass: NameClass) {
    this.line = line
    this.nameLength = nameLength
    this.nameClass = nameClass
    this.fieldClass = fieldClass
    this.prefix = line.slice(0, nameLength + 2)
  }

  /** What it counts in a table and in a header list (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
  get size(): number {
    return sizeOfLine(this.line)
  }
}

export function sizeOfLine(line: string): number {
  return line.length - LINE_OVERHEAD + ENTRY_OVERHEAD
}

/** The class of a field whose value is `bytes[start, end)`. */
export function classOfField(nameClass: NameClass, bytes: Uint8Array, start: number, end: number): NameClass {
  return isFieldValue(bytes, start, end) ? nameClass : KIND.malformed
}
