/**
 * The one header representation inside the proxy, for HTTP/1.1 and HTTP/2 alike: the text of the field lines and an
 * index into it. Fields that nobody touches are never copied one by one: what is forwarded unchanged leaves as
 * slices of the text that came in, with the sender's order and letter case.
 *
 * Only validated text may enter (the codecs' duty): names are tokens, values hold no CR, LF or NUL.
 */
import { FIELD_IDS, fieldId } from './field-names.ts'

/** Numbers stored for each field: id, start of the name, its end (the colon), end of the line without CRLF. */
const STRIDE = 4

export class HeaderList {
  #text: string
  readonly #index: number[]
  /** Bit n: a field with number n came in (deleting does not clear it); numbers up to 31 only. */
  readonly seen: number
  /** Bit n: it came in more than once. */
  readonly repeated: number

  /**
   * @param text  holds the field lines, each ended by CRLF; may hold more (a request line before them).
   * @param index four numbers a field: id (see field-names.ts), start of name, end of name, end of line.
   */
  constructor(text = '', index: number[] = [], seen = 0, repeated = 0) {
    this.#text = text
    this.#index = index
    this.seen = seen
    this.repeated = repeated
  }

  get size(): number {
    return this.#index.length / STRIDE
  }

  /** The first value of a field, trimmed. The name is compared without regard to case. */
  get(name: string): string | undefined {
    const at = this.#find(name, 0)
    return at < 0 ? undefined : this.#value(at)
  }

  /** All values of a field in order. */
  getAll(name: string): string[] {
    const values: string[] = []
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + STRIDE)) values.push(this.#value(at))
    return values
  }

  has(name: string): boolean {
    return this.#find(name, 0) >= 0
  }

  /** Appends a field line; the caller vouches for name and value. */
  add(name: string, value: string): void {
    if (this.#index.length === 0) this.#text = ''
    const start = this.#text.length
    const colon = start + name.length
    this.#text += `${name}: ${value}\r\n`
    this.#index.push(fieldId(name), start, colon, this.#text.length - 2)
  }

  /** Appends the fields of another list. */
  append(other: HeaderList): void {
    if (this.#index.length === 0) this.#text = ''
    const shift = this.#text.length
    this.#text += other.#text
    const from = other.#index
    for (let at = 0; at < from.length; at += STRIDE) {
      this.#index.push(from[at]!, from[at + 1]! + shift, from[at + 2]! + shift, from[at + 3]! + shift)
    }
  }

  /** Replaces every field of that name by one. */
  set(name: string, value: string): void {
    this.delete(name)
    this.add(name, value)
  }

  delete(name: string): void {
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at)) this.#index.splice(at, STRIDE)
  }

  /** Removes every field whose id is marked in the table (a Uint8Array over FIELD_IDS). */
  deleteMarked(table: Uint8Array): void {
    const index = this.#index
    let kept = 0
    for (let at = 0; at < index.length; at += STRIDE) {
      if (table[index[at]!] !== 0) continue
      if (kept !== at) {
        index[kept] = index[at]!
        index[kept + 1] = index[at + 1]!
        index[kept + 2] = index[at + 2]!
        index[kept + 3] = index[at + 3]!
      }
      kept += STRIDE
    }
    index.length = kept
  }

  /** Names as sent and trimmed values, in order. For logs, HTTP/2 and tests; the request path uses `lines`. */
  *[Symbol.iterator](): IterableIterator<readonly [name: string, value: string]> {
    for (let at = 0; at < this.#index.length; at += STRIDE) {
      yield [this.#text.slice(this.#index[at + 1]!, this.#index[at + 2]!), this.#value(at)]
    }
  }

  /** The field lines as they go on the wire, each with its CRLF, without the empty line. */
  lines(): string {
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
      end = index[at + 3]! + 2
    }
    return end > start ? out + this.#text.slice(start, end) : out
  }

  #find(name: string, from: number): number {
    const index = this.#index
    const id = fieldId(name)
    for (let at = from; at < index.length; at += STRIDE) {
      if (index[at] !== id) continue
      if ((id !== FIELD_IDS.other && id !== FIELD_IDS.underscored) || this.#sameName(at, name)) return at
    }
    return -1
  }

  #sameName(at: number, name: string): boolean {
    const start = this.#index[at + 1]!
    const end = this.#index[at + 2]!
    return end - start === name.length && this.#text.slice(start, end).toLowerCase() === name.toLowerCase()
  }

  #value(at: number): string {
    return trimmed(this.#text, this.#index[at + 2]! + 1, this.#index[at + 3]!)
  }
}

/** A slice without the optional white space around it (RFC 9110 section 5.5: SP and HTAB). */
function trimmed(text: string, start: number, end: number): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
