/**
 * The one header representation inside the proxy, for HTTP/1.1 and HTTP/2 alike: the text of the field lines and an
 * index into it. Fields that nobody touches are never copied one by one: what is forwarded unchanged leaves as
 * slices of the text that came in, with the sender's order and letter case.
 *
 * Only validated text may enter (the codecs' duty): names are tokens, values hold no CR, LF or NUL.
 */
import { FIELD_IDS, fieldId } from './field-names.ts'

/** Numbers stored for each field: id and length of the name (see `nameEntry`), its start, end of the line without CRLF. */
export const STRIDE = 3
const CRLF = 2
const ID_BITS = 8
const ID_MASK = (1 << ID_BITS) - 1

/** Id (see field-names.ts) and length of a name as one number: names are shorter than 8 MiB. */
export function nameEntry(id: number, length: number): number {
  return (length << ID_BITS) | id
}

export interface FieldVisitor {
  /** The line `text[start, end)` without CRLF; the name ends before `nameEnd`, at the colon. */
  field(text: string, id: number, start: number, nameEnd: number, end: number): void
}

export class HeaderList {
  #text: string
  readonly #index: number[]
  /** Fields that follow, shared with other lists and copied in as soon as something is to change. */
  #tail: HeaderList | undefined = undefined
  /** The field lines, as long as nothing has changed since they were asked for. */
  #lines: string | undefined = undefined
  /** Bit n: a field with number n came in (deleting does not clear it); numbers up to 31 only. */
  readonly seen: number
  /** Bit n: it came in more than once. */
  readonly repeated: number

  /**
   * @param text  holds the field lines, each ended by CRLF; may hold more around them.
   * @param index three numbers a field: id and length of the name (see `nameEntry`), start of name, end of line.
   */
  constructor(text = '', index: number[] = [], seen = 0, repeated = 0) {
    this.#text = text
    this.#index = index
    this.seen = seen
    this.repeated = repeated
  }

  get size(): number {
    return this.#index.length / STRIDE + (this.#tail?.size ?? 0)
  }

  /** The first value of a field, trimmed. The name is compared without regard to case. */
  get(name: string): string | undefined {
    return this.#first(fieldId(name), name)
  }

  /** The same for a field by its number, which saves looking the name up. */
  value(id: number): string | undefined {
    return this.#first(id, '')
  }

  /** Whether the first value of a field, by its number, is this one: without making a string of it. */
  says(id: number, value: string): boolean {
    const at = this.#find(id, '', 0)
    if (at < 0) return this.#tail?.says(id, value) ?? false
    const start = this.#valueStart(at)
    return this.#valueEnd(at) - start === value.length && this.#text.startsWith(value, start)
  }

  /** All values of a field in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    const id = fieldId(name)
    for (let at = this.#find(id, name, 0); at >= 0; at = this.#find(id, name, at + STRIDE)) values.push(this.#value(at))
    return this.#tail === undefined ? values : [...values, ...this.#tail.getAll(name)]
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Appends a field line; the caller vouches for name and value. */
  add(name: string, value: string): void {
    this.#own()
    const start = this.#text.length
    this.#text += `${name}: ${value}\r\n`
    this.#index.push(nameEntry(fieldId(name), name.length), start, this.#text.length - CRLF)
  }

  /** Appends the fields of a list that will not change any more. */
  append(shared: HeaderList): void {
    if (this.#tail !== undefined) this.#own()
    this.#lines = undefined
    this.#tail = shared
  }

  /** Replaces every field of that name by one. */
  set(name: string, value: string): void {
    this.delete(name)
    this.add(name, value)
  }

  delete(name: string): void {
    if (!this.has(name)) return
    this.#own()
    const id = fieldId(name)
    for (let at = this.#find(id, name, 0); at >= 0; at = this.#find(id, name, at)) this.#index.splice(at, STRIDE)
  }

  /** Removes every field whose id is marked in the table (see markFields). */
  deleteMarked(table: Uint8Array): void {
    this.#own()
    const index = this.#index
    let kept = 0
    for (let at = 0; at < index.length; at += STRIDE) {
      if (table[index[at]! & ID_MASK] !== 0) continue
      if (kept !== at) for (let i = 0; i < STRIDE; i++) index[kept + i] = index[at + i]!
      kept += STRIDE
    }
    // Shortening by `length` leaves compiled code (and costs more than a few of these).
    while (index.length > kept) index.pop()
  }

  /** Shows each field's place in the text, in order: for codecs that write fields one by one. */
  visit(visitor: FieldVisitor): void {
    const index = this.#index
    for (let at = 0; at < index.length; at += STRIDE) {
      visitor.field(this.#text, index[at]! & ID_MASK, index[at + 1]!, this.#nameEnd(at), index[at + 2]!)
    }
    this.#tail?.visit(visitor)
  }

  /** Names as sent and trimmed values, in order. For logs and tests; the request path uses `lines`. */
  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let at = 0; at < this.#index.length; at += STRIDE) {
      yield [this.#text.slice(this.#index[at + 1]!, this.#nameEnd(at)), this.#value(at)]
    }
    if (this.#tail !== undefined) yield* this.#tail
  }

  /** The field lines as they go on the wire, each with its CRLF, without the empty line. */
  lines(): string {
    if (this.#lines === undefined) {
      this.#lines = this.#tail === undefined ? this.#ownLines() : this.#ownLines() + this.#tail.lines()
    }
    return this.#lines
  }

  #ownLines(): string {
    const index = this.#index
    let out = ''
    let start = 0
    let end = 0
    for (let at = 0; at < index.length; at += STRIDE) {
      const lineStart = index[at + 1]!
      if (lineStart !== end) {
        if (end > start) out += this.#text.slice(start, end)
        start = lineStart
      }
      end = index[at + 2]! + CRLF
    }
    return end > start ? out + this.#text.slice(start, end) : out
  }

  /** Something is about to change: what was shared is copied, what was remembered is forgotten. */
  #own(): void {
    this.#lines = undefined
    const tail = this.#tail
    if (tail === undefined) return
    this.#tail = undefined
    for (const [name, value] of tail) this.add(name, value)
  }

  #first(id: number, name: string): string | undefined {
    const at = this.#find(id, name, 0)
    if (at >= 0) return this.#value(at)
    return this.#tail === undefined ? undefined : this.#tail.#first(id, name)
  }

  #find(id: number, name: string, from: number): number {
    const index = this.#index
    const unique = id !== FIELD_IDS.other && id !== FIELD_IDS.underscored
    for (let at = from; at < index.length; at += STRIDE) {
      if ((index[at]! & ID_MASK) === id && (unique || this.#isNamed(at, name))) return at
    }
    return -1
  }

  #isNamed(at: number, name: string): boolean {
    const start = this.#index[at + 1]!
    const end = this.#nameEnd(at)
    return end - start === name.length && this.#text.slice(start, end).toLowerCase() === name.toLowerCase()
  }

  /** Where the colon stands. */
  #nameEnd(at: number): number {
    return this.#index[at + 1]! + (this.#index[at]! >>> ID_BITS)
  }

  #value(at: number): string {
    return this.#text.slice(this.#valueStart(at), this.#valueEnd(at))
  }

  /** Optional white space around a value is SP and HTAB (RFC 9110 section 5.5). */
  #valueStart(at: number): number {
    const end = this.#index[at + 2]!
    let start = this.#nameEnd(at) + 1
    while (start < end && isBlank(this.#text.charCodeAt(start))) start++
    return start
  }

  /** Of a value that is all blank it lies before the start: cut out, that is nothing. */
  #valueEnd(at: number): number {
    const colon = this.#nameEnd(at)
    let end = this.#index[at + 2]!
    while (end > colon + 1 && isBlank(this.#text.charCodeAt(end - 1))) end--
    return end
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
