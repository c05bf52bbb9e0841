/**
 * Scans field lines (RFC 9112 section 5): headers and trailers, requests and responses. Strict: no white space
 * around the name, no folding, no empty name, CRLF alone ends a line.
 */
import { FIELD_IDS, fieldIdAt } from '../field-names.ts'
import { HeaderList, nameEntry, STRIDE } from '../headers.ts'
import { COLON, CR, FIELD_VALUE, LF, TOKEN, UNDERSCORE } from './chars.ts'
import type { HeadText } from './head-text.ts'

export type FieldFault = 'bad-field' | 'header-too-large'
export type Scanned = HeaderList | FieldFault

/** The index under construction; the list gets a copy of the right size. One thread, no reentrance. */
const scratch: number[] = []

/**
 * Scans the lines of the head behind its first `start` characters.
 * @param most fields that are taken.
 */
export function scanFields({ text, bytes, shift, length }: HeadText, start: number, most: number): Scanned {
  const end = shift + length
  let used = 0
  let seen = 0
  let repeated = 0
  let line = shift + start
  while (line < end) {
    if (used >= most * STRIDE) return 'header-too-large'
    let at = line
    let kinds = 0
    let kind = TOKEN[bytes[at]!]!
    while (kind > 0) {
      kinds |= kind
      kind = TOKEN[bytes[++at]!]!
    }
    if (bytes[at] !== COLON || at === line) return 'bad-field'
    const id = (kinds & UNDERSCORE) === 0 ? fieldIdAt(bytes, line, at) : FIELD_IDS.underscored
    scratch[used] = nameEntry(id, at - line)
    scratch[used + 1] = line - shift
    do at++
    while (FIELD_VALUE[bytes[at]!] === 1)
    if (bytes[at] !== CR || bytes[at + 1] !== LF) return 'bad-field'
    scratch[used + 2] = at - shift
    used += STRIDE
    if (id < 32) {
      repeated |= seen & (1 << id)
      seen |= 1 << id
    }
    line = at + 2
  }
  return new HeaderList(text, scratch.slice(0, used), seen, repeated)
}
