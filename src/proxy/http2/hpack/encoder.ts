/**
 * Encodes header blocks (RFC 7541 section 6) straight into the write buffer. What repeats is indexed: a line enters the
 * dynamic table when it is met for the second time, so that values that never come again push nothing out. Lines are
 * looked up as they stand, letter case and all; lower-casing, and asking what a name means, is for what is new.
 */
import { FIELD_IDS, markFields } from '../../field-names.ts'
import type { FieldVisitor, HeaderList } from '../../headers.ts'
import type { WriteBuffer } from '../write-buffer.ts'
import { DynamicTable, type TableEntry } from './dynamic-table.ts'
import { ENTRY_OVERHEAD } from './field.ts'
import { huffmanEncode, huffmanLength } from './huffman.ts'
import { findLine, type KnownLine, placeOf, rememberLine } from './known-lines.ts'
import { STATIC_NAMES, STATIC_SIZE, STATIC_VALUES } from './static-table.ts'

/** Our table is never larger than the default, whatever the peer offers. */
const MOST_BYTES = 4096
/** Longer lines would push too much out of the table. */
const LONGEST_INDEXED = 512
/** How many lines that were met once are remembered, by their hashes; the oldest is forgotten first. */
const MET = 128
/** Places where a connection has the numbers of known lines, found by their serials. */
const NOTED = 32
/** For lines that nobody would look for. */
const NO_PLACE = -1
/** An integer of up to 28 bits behind any prefix. */
const INTEGER_BYTES = 6

const INDEXED = 0x80
const LITERAL_INDEXING = 0x40
const LITERAL = 0x00
const LITERAL_NEVER = 0x10
const SIZE_UPDATE = 0x20
const HUFFMAN = 0x80

/** HTTP/1.1 says these about a connection (RFC 9113 section 8.2.2); Host goes out as `:authority`. */
const DROPPED = markFields(
  ...([
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'upgrade',
    'http2-settings',
    'host',
  ] as const),
)
/** What others could guess by trying, if a table they share held it (RFC 7541 section 7.1). */
const SECRET = markFields('authorization', 'proxy-authorization', 'cookie', 'set-cookie')

interface Entry extends TableEntry {
  readonly line: string
  /** Entries in the dynamic table are counted from the first one ever added. */
  readonly number: number
}

/** Index of `:status` with its value in the static table; 0 for none. */
const STATUSES = new Uint8Array(1000)
for (const [line, index] of STATIC_VALUES) if (line.startsWith(':status: ')) STATUSES[Number(line.slice(9))] = index

export class HpackEncoder implements FieldVisitor {
  readonly #out: WriteBuffer
  /** Serials of known lines, and behind each its number in the table: saves cutting a line out and hashing it. */
  readonly #noted: number[] = new Array(2 * NOTED).fill(0)
  #added = 0
  /** Number of the oldest entry that is still in the table. */
  #oldest = 0
  /** Smallest and last size since the last block, where the peer has changed it. */
  #smallest: number | undefined = undefined
  #sensitive: readonly string[] | undefined = undefined
  /** Entries of the dynamic table by their lines. */
  readonly #entries = new Map<string, Entry>()
  readonly #table = new DynamicTable<Entry>(MOST_BYTES, (entry) => {
    if (this.#entries.get(entry.line) === entry) this.#entries.delete(entry.line)
    this.#oldest = entry.number + 1
  })
  /** Grows with what was met: most connections see a few lines. */
  readonly #met: number[] = []
  #metNext = 0

  constructor(out: WriteBuffer) {
    this.#out = out
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE; told to its decoder at the beginning of the next block (section 4.2). */
  resize(size: number): void {
    const bounded = Math.min(size, MOST_BYTES)
    if (bounded === this.#table.maxSize && this.#smallest === undefined) return
    this.#smallest = Math.min(this.#smallest ?? bounded, bounded)
    this.#table.resize(bounded)
  }

  /** Call before the first field of every block. */
  begin(): void {
    if (this.#smallest === undefined) return
    this.#out.reserve(2 * INTEGER_BYTES)
    if (this.#smallest < this.#table.maxSize) this.#integer(SIZE_UPDATE, 0x1f, this.#smallest)
    this.#integer(SIZE_UPDATE, 0x1f, this.#table.maxSize)
    this.#smallest = undefined
  }

  status(status: number): void {
    const known = STATUSES[status]!
    if (known > 0) this.#indexed(known)
    else this.pseudo(':status', String(status))
  }

  /** A pseudo-field. @param once where its value will hardly come again: paths. */
  pseudo(name: string, value: string, once = false): void {
    if (once && value !== '/') return this.#literal(LITERAL, name, value)
    const line = `${name}: ${value}`
    const known = STATIC_VALUES.get(line)
    if (known !== undefined) return this.#indexed(known)
    this.#line(line, name.length, NO_PLACE, undefined)
  }

  /** @param sensitive lower-case names of fields that must never enter a table. */
  fields(list: HeaderList, sensitive: readonly string[] | undefined): void {
    this.#sensitive = sensitive
    list.visit(this)
  }

  /** One field of a list; for the list to call. */
  field(text: string, id: number, start: number, nameEnd: number, end: number): void {
    if (DROPPED[id] === 1) return
    if (SECRET[id] === 1 || this.#sensitive !== undefined) {
      const name = text.slice(start, nameEnd).toLowerCase()
      if (SECRET[id] === 1 || this.#sensitive!.includes(name)) {
        return this.#literal(LITERAL_NEVER, name, trimBlanks(text.slice(nameEnd + 1, end)))
      }
    }
    // Section 8.2.2: anything else that TE may say is between two ends of HTTP/1.1.
    if (id === FIELD_IDS.te && trimBlanks(text.slice(nameEnd + 1, end)) !== 'trailers') return
    const length = end - start
    const letters = text.charCodeAt(end - 1) * 31 + text.charCodeAt(end - 2) * 5 + text.charCodeAt(nameEnd - 1)
    const place = placeOf(letters + length * 7 + id * 2)
    const known = findLine(place, text, start, length)
    const index = known === undefined ? 0 : known.fixed || this.#indexOf(known)
    if (index > 0) this.#indexed(index)
    else this.#line(text.slice(start, end), nameEnd - start, place, known)
  }

  /** @returns what to call a known line; 0 where it is not in this table, as far as is known. */
  #indexOf(known: KnownLine): number {
    const at = 2 * (known.serial & (NOTED - 1))
    const number = this.#noted[at + 1]!
    return this.#noted[at] === known.serial && number >= this.#oldest ? STATIC_SIZE + this.#added - number : 0
  }

  #note(known: KnownLine, number: number): void {
    const at = 2 * (known.serial & (NOTED - 1))
    this.#noted[at] = known.serial
    this.#noted[at + 1] = number
  }

  /** @param line `Name: value` without CRLF. @param place where to find it the next time. */
  #line(line: string, nameLength: number, place: number, known: KnownLine | undefined): void {
    const entry = this.#entries.get(line)
    if (entry !== undefined) {
      if (place !== NO_PLACE) this.#note(known ?? rememberLine(place, entry.line, 0), entry.number)
      return this.#indexed(STATIC_SIZE + this.#added - entry.number)
    }
    const name = line.slice(0, nameLength).toLowerCase()
    const value = trimBlanks(line.slice(nameLength + 1))
    const fixed = STATIC_VALUES.get(`${name}: ${value}`)
    if (fixed !== undefined) {
      if (place !== NO_PLACE) rememberLine(place, ownCopy(line), fixed)
      return this.#indexed(fixed)
    }
    if (line.length > LONGEST_INDEXED || !this.#metBefore(line)) return this.#literal(LITERAL, name, value)
    this.#literal(LITERAL_INDEXING, name, value)
    const number = this.#added
    const added = { line: known?.line ?? ownCopy(line), number, size: name.length + value.length + ENTRY_OVERHEAD }
    if (!this.#table.add(added)) return
    this.#added++
    this.#entries.set(added.line, added)
    if (known !== undefined) this.#note(known, number)
  }

  /** Whether the same line (most likely) came not long ago. */
  #metBefore(line: string): boolean {
    let hash = line.length
    for (let i = 0; i < line.length; i++) hash = (Math.imul(hash, 31) + line.charCodeAt(i)) | 0
    if (this.#met.includes(hash)) return true
    this.#met[this.#metNext] = hash
    this.#metNext = (this.#metNext + 1) % MET
    return false
  }

  #indexed(index: number): void {
    this.#out.reserve(INTEGER_BYTES)
    this.#integer(INDEXED, 0x7f, index)
  }

  #literal(form: number, name: string, value: string): void {
    const index = STATIC_NAMES.get(name) ?? 0
    this.#out.reserve(3 * INTEGER_BYTES + name.length + value.length)
    this.#integer(form, form === LITERAL_INDEXING ? 0x3f : 0x0f, index)
    if (index === 0) this.#string(name)
    this.#string(value)
  }

  /** Section 5.2, in the shorter of both codings. */
  #string(text: string): void {
    const out = this.#out
    const length = huffmanLength(text)
    if (length < text.length) {
      this.#integer(HUFFMAN, 0x7f, length)
      out.length = huffmanEncode(text, out.bytes, out.length)
    } else {
      this.#integer(0, 0x7f, text.length)
      out.length += out.bytes.write(text, out.length, 'latin1')
    }
  }

  /** Section 5.1. */
  #integer(form: number, mask: number, value: number): void {
    const out = this.#out
    if (value < mask) {
      out.bytes[out.length++] = form | value
      return
    }
    out.bytes[out.length++] = form | mask
    let rest = value - mask
    for (; rest >= 0x80; rest >>>= 7) out.bytes[out.length++] = 0x80 | (rest & 0x7f)
    out.bytes[out.length++] = rest
  }
}

/** A slice would keep the whole head alive that it was cut from. */
function ownCopy(line: string): string {
  return Buffer.from(line, 'latin1').toString('latin1')
}

/** Without SP and HTAB around it; nothing else is white space in a field. */
function trimBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
