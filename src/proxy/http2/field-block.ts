/**
 * The fields of one header block on their way from HPACK to a HeaderList: pseudo-fields are told apart, cookie crumbs are
 * joined, what breaks RFC 9113 section 8 is noted. The text it builds is that of HTTP/1.1 field lines, with `:authority`
 * in place of Host, so that handing a head on to an HTTP/1.1 backend needs no copy of any field.
 */
import { FIELD_IDS } from '../field-names.ts'
import { HeaderList, nameEntry, STRIDE } from '../headers.ts'
import { type FieldKind, isPseudo, KIND } from './field-kind.ts'
import { type Field, valueIn } from './hpack/field.ts'

/** Bounds of one header block. */
export interface BlockLimits {
  /** Bytes, counted as RFC 9113 section 6.5.2 does. */
  readonly bytes: number
  /** As they leave: pseudo-fields do not count, nor does a cookie by its crumbs. */
  readonly fields: number
}

/** What is wrong with a block; for people, and for the row of the table it comes under. */
export type BlockFault =
  | 'too large'
  | 'a field is malformed'
  | 'a field speaks of the connection'
  | 'a pseudo-field is repeated'
  | 'a pseudo-field is late'
  | 'te is not "trailers"'
  | 'content-length is malformed'
  | 'host is repeated'

/** The index under construction; the list gets a copy of the right size. One thread, no reentrance. */
const scratch: number[] = []
/** Longest content-length that still counts exactly. */
const MAX_DIGITS = 15
const CRLF = 2
/**
 * How many times the limit a block may say before the rest is not decoded: a byte can stand for kilobytes of a table.
 * Honest text is never that much longer than its code, for which the limit holds as well.
 */
const WORTH_DECODING = 2

const NO_LIMITS: BlockLimits = { bytes: 0, fields: 0 }

/** One serves many blocks, one after the other: `begin` forgets all of the one before. */
export class FieldBlock {
  #limits = NO_LIMITS
  #text = ''
  #used = 0
  #seen = 0
  #repeated = 0
  #size = 0
  #count = 0
  #cookies: string | undefined = undefined
  /** Bit n: a pseudo-field of kind n was there. */
  #pseudos = 0
  #pseudoCount = 0

  fault: BlockFault | undefined = undefined
  method = ''
  scheme = ''
  authority: string | undefined = undefined
  path = ''
  protocol = ''
  status = ''
  host: string | undefined = undefined
  /** -1 where there is none. */
  contentLength = -1
  /** Value of the priority field (RFC 9218), all of them joined as lists are. */
  priority = ''
  /** Names that must never enter a table; undefined where there is none. */
  sensitive: string[] | undefined = undefined

  /** The next block. @returns this. */
  begin(limits: BlockLimits): this {
    this.#limits = limits
    this.#text = ''
    this.#used = 0
    this.#seen = 0
    this.#repeated = 0
    this.#size = 0
    this.#count = 0
    this.#cookies = undefined
    this.#pseudos = 0
    this.#pseudoCount = 0
    this.fault = undefined
    this.method = ''
    this.scheme = ''
    this.authority = undefined
    this.path = ''
    this.protocol = ''
    this.status = ''
    this.host = undefined
    this.contentLength = -1
    this.priority = ''
    this.sensitive = undefined
    return this
  }

  /** Whether a pseudo-field was there, even an empty one. */
  has(kind: FieldKind): boolean {
    return (this.#pseudos & (1 << kind)) !== 0
  }

  get hasPseudo(): boolean {
    return this.#pseudos !== 0
  }

  /** So large that decoding it ended before its end. */
  get isBeyondMeasure(): boolean {
    return this.#size > WORTH_DECODING * this.#limits.bytes
  }

  /** @returns false once it is beyond all measure. */
  add(field: Field, never: boolean): boolean {
    const { line, nameLength, fieldClass } = field
    this.#size += field.size
    this.#count++
    const { bytes, fields } = this.#limits
    if (this.#size > bytes || this.#used >= fields * STRIDE) this.fault = 'too large'
    // The block is decoded on for the sake of the table, but no longer collected.
    if (this.fault !== undefined) return !this.isBeyondMeasure
    if (never) this.#sensitive(line.slice(0, nameLength))
    const kind = (fieldClass & 15) as FieldKind
    if (kind === KIND.regular) this.#append(line, nameLength, fieldClass >>> 4)
    else if (isPseudo(kind)) this.#pseudo(kind, field)
    else this.#special(kind, line, nameLength)
    return true
  }

  /** The fields; called once, when no fault was found. */
  fields(): HeaderList {
    if (this.#cookies !== undefined) {
      this.#append(`cookie: ${this.#cookies}\r\n`, 'cookie'.length, FIELD_IDS.cookie)
    }
    return new HeaderList(this.#text, scratch.slice(0, this.#used), this.#seen, this.#repeated)
  }

  #append(line: string, nameLength: number, id: number): void {
    const start = this.#text.length
    const used = this.#used
    scratch[used] = nameEntry(id, nameLength)
    scratch[used + 1] = start
    scratch[used + 2] = start + line.length - CRLF
    this.#used = used + STRIDE
    this.#text += line
    if (id < 32) {
      this.#repeated |= this.#seen & (1 << id)
      this.#seen |= 1 << id
    }
  }

  /** Each at most once, and all before the first other field (section 8.3). */
  #pseudo(kind: FieldKind, { pseudoValue: value, hostLine }: Field): void {
    if (++this.#pseudoCount !== this.#count) return this.#refuse('a pseudo-field is late')
    if (this.has(kind)) return this.#refuse('a pseudo-field is repeated')
    this.#pseudos |= 1 << kind
    if (kind === KIND.authority) {
      this.authority = value
      this.#append(hostLine, 'host'.length, FIELD_IDS.host)
    } else if (kind === KIND.method) this.method = value
    else if (kind === KIND.path) this.path = value
    else if (kind === KIND.scheme) this.scheme = value
    else if (kind === KIND.status) this.status = value
    else this.protocol = value
  }

  #special(kind: FieldKind, line: string, nameLength: number): void {
    const value = valueIn(line, nameLength)
    if (kind === KIND.cookie) this.#cookies = this.#cookies === undefined ? value : `${this.#cookies}; ${value}`
    else if (kind === KIND.host) this.#host(line, value)
    else if (kind === KIND.contentLength) this.#length(line, nameLength, value)
    else if (kind === KIND.te) {
      // Section 8.2.2: it may be there, and then says nothing but this.
      if (value.toLowerCase() !== 'trailers') return this.#refuse('te is not "trailers"')
      this.#append(line, nameLength, FIELD_IDS.te)
    } else if (kind === KIND.priority) {
      this.priority = this.priority === '' ? value : `${this.priority},${value}`
      this.#append(line, nameLength, FIELD_IDS.other)
    } else this.#refuse(kind === KIND.connection ? 'a field speaks of the connection' : 'a field is malformed')
  }

  /** Where `:authority` came, the two have to agree, and one of them is enough. */
  #host(line: string, value: string): void {
    if (this.host !== undefined) return this.#refuse('host is repeated')
    this.host = value
    if (this.authority === undefined) this.#append(line, 'host'.length, FIELD_IDS.host)
  }

  /** Digits, once; the same twice would be legal but for section 8.1.1, and only ever comes from attackers. */
  #length(line: string, nameLength: number, value: string): void {
    const plain = /^[0-9]+$/.test(value) && value.length <= MAX_DIGITS && (value.length === 1 || value[0] !== '0')
    if (this.contentLength >= 0 || !plain) return this.#refuse('content-length is malformed')
    this.contentLength = Number(value)
    this.#append(line, nameLength, FIELD_IDS['content-length'])
  }

  #sensitive(name: string): void {
    this.sensitive ??= []
    if (!this.sensitive.includes(name)) this.sensitive.push(name)
  }

  #refuse(fault: BlockFault): void {
    this.fault = fault
  }
}
