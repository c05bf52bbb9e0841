/**
 * What the name of a field means to the codec. Decided once per name that comes in; a field out of a table brings its
 * kind along.
 */
import { FIELD_IDS, fieldIdAt } from '../field-names.ts'
import { FIELD_VALUE, HTAB, SP, TOKEN, UNDERSCORE } from '../http1/chars.ts'

export const KIND = {
  regular: 0,
  authority: 1,
  method: 2,
  path: 3,
  scheme: 4,
  status: 5,
  protocol: 6,
  cookie: 7,
  host: 8,
  contentLength: 9,
  te: 10,
  priority: 11,
  /** Fields that speak of a connection, which HTTP/2 does in frames (RFC 9113 section 8.2.2). */
  connection: 12,
  /** A pseudo-field nobody knows, or no name at all. */
  malformed: 13,
} as const

export type FieldKind = (typeof KIND)[keyof typeof KIND]

const PSEUDO: ReadonlyMap<string, FieldKind> = new Map([
  [':authority', KIND.authority],
  [':method', KIND.method],
  [':path', KIND.path],
  [':scheme', KIND.scheme],
  [':status', KIND.status],
  [':protocol', KIND.protocol],
])

/** Whether a field of that kind is a pseudo-field (RFC 9113 section 8.3). */
export const isPseudo = (kind: FieldKind): boolean => kind >= KIND.authority && kind <= KIND.protocol

const KIND_OF_ID: ReadonlyMap<number, FieldKind> = new Map([
  [FIELD_IDS.cookie, KIND.cookie],
  [FIELD_IDS.host, KIND.host],
  [FIELD_IDS['content-length'], KIND.contentLength],
  [FIELD_IDS.te, KIND.te],
  [FIELD_IDS.connection, KIND.connection],
  [FIELD_IDS['proxy-connection'], KIND.connection],
  [FIELD_IDS['keep-alive'], KIND.connection],
  [FIELD_IDS['transfer-encoding'], KIND.connection],
  [FIELD_IDS.upgrade, KIND.connection],
])

const COLON = 0x3a
const PRIORITY = Buffer.from('priority')

/** Number (see field-names.ts) and kind of a name, as `id << 4 | kind`. */
export type NameClass = number

/** Judges the name `bytes[start, end)`: a token in lower case, or a pseudo-field that exists (section 8.2.1). */
export function classOfName(bytes: Buffer, start: number, end: number): NameClass {
  if (start === end) return KIND.malformed
  if (bytes[start] === COLON) return PSEUDO.get(bytes.toString('latin1', start, end)) ?? KIND.malformed
  let kinds = 0
  for (let i = start; i < end; i++) {
    const code = bytes[i]!
    const kind = TOKEN[code]!
    if (kind === 0 || (code >= 0x41 && code <= 0x5a)) return KIND.malformed
    kinds |= kind
  }
  const id = (kinds & UNDERSCORE) === 0 ? fieldIdAt(bytes, start, end) : FIELD_IDS.underscored
  if (id === 0 && end - start === PRIORITY.length && bytes.compare(PRIORITY, 0, PRIORITY.length, start, end) === 0) {
    return KIND.priority
  }
  return (id << 4) | (KIND_OF_ID.get(id) ?? KIND.regular)
}

/** Whether `bytes[start, end)` may be a value: no control but HTAB, no white space around it (section 8.2.1). */
export function isFieldValue(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true
  if (isBlank(bytes[start]!) || isBlank(bytes[end - 1]!)) return false
  for (let i = start; i < end; i++) if (FIELD_VALUE[bytes[i]!] === 0) return false
  return true
}

function isBlank(code: number): boolean {
  return code === SP || code === HTAB
}
