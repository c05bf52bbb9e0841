/**
 * A field in a table, in the form it is handed on: one line as HTTP/1.1 writes it. A field out of the table costs no
 * copy and no look at its bytes: they were judged when they came.
 */
import { type FieldKind, isFieldValue, isPseudo, KIND, type NameClass } from '../field-kind.ts'

/** What a table counts for an entry beside its bytes (RFC 7541 section 4.1). */
export const ENTRY_OVERHEAD = 32
/** Bytes of a line that are neither name nor value: colon, space, CRLF. */
const LINE_OVERHEAD = 4
const CRLF = 2

export class Field {
  /** `name: value` and CRLF, as Latin-1. */
  readonly line: string
  readonly nameLength: number
  /** Number and kind of the name; what is malformed is so by its name or its value. */
  readonly nameClass: NameClass
  readonly fieldClass: NameClass
  /** Of a pseudo-field its value, else empty. */
  readonly pseudoValue: string
  /** Of `:authority` the Host field that says the same, as a line; else empty. */
  readonly hostLine: string

  constructor(line: string, nameLength: number, nameClass: NameClass, fieldClass: NameClass) {
    this.line = line
    this.nameLength = nameLength
    this.nameClass = nameClass
    this.fieldClass = fieldClass
    const kind = (fieldClass & 15) as FieldKind
    this.pseudoValue = isPseudo(kind) ? valueIn(line, nameLength) : ''
    this.hostLine = kind === KIND.authority ? `host${line.slice(nameLength)}` : ''
  }

  /** What it counts in a table and in a header list (RFC 7541 section 4.1, RFC 9113 section 6.5.2). */
  get size(): number {
    return this.line.length - LINE_OVERHEAD + ENTRY_OVERHEAD
  }
}

/** The value in a line as `Field` has it. */
export function valueIn(line: string, nameLength: number): string {
  return line.slice(nameLength + 2, -CRLF)
}

/** The class of a field whose value is `bytes[start, end)`. */
export function classOfField(nameClass: NameClass, bytes: Uint8Array, start: number, end: number): NameClass {
  return isFieldValue(bytes, start, end) ? nameClass : KIND.malformed
}
