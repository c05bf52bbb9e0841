/**
 * Scans field lines (RFC 9112 section 5): headers and trailers, requests and responses. Strict: no white space
 * around the name, no folding, no empty name, CRLF alone ends a line.
 */
import { FIELD_IDS, foldName, NAME_HASH_START, namesField, SLOTS, slotOf } from '../field-names.ts'
import { HeaderList } from '../headers.ts'
import { COLON, CR, FIELD_VALUE, LF, TOKEN_LOWER } from './chars.ts'

const UNDERSCORE = 0x5f

export type FieldFault = 'bad-field' | 'header-too-large'

/**
 * @param text      holds whole lines, each with its CRLF, from `start` to `end`.
 * @param maxFields most fields that are taken.
 */
export function scanFields(
  text: string,
  range: { start: number; end: number },
  maxFields: number,
): HeaderList | FieldFault {
  const index: number[] = []
  const { end } = range
  let line = range.start
  let seen = 0
  let repeated = 0
  while (line < end) {
    if (index.length >= maxFields * 4) return 'header-too-large'
    let at = line
    let hash = NAME_HASH_START
    let underscored = false
    let code = text.charCodeAt(at)
    for (let folded = TOKEN_LOWER[code]!; folded !== 0; folded = TOKEN_LOWER[code]!) {
      hash = foldName(hash, folded)
      if (folded === UNDERSCORE) underscored = true
      code = text.charCodeAt(++at)
    }
    if (code !== COLON || at === line) return 'bad-field'
    const colon = at
    do code = text.charCodeAt(++at)
    while (FIELD_VALUE[code] === 1)
    if (code !== CR || text.charCodeAt(at + 1) !== LF) return 'bad-field'
    let id = SLOTS[slotOf(hash)]!
    if (id !== 0 && !namesField(id, text, line, colon)) id = 0
    if (underscored) id = FIELD_IDS.underscored
    index.push(id, line, colon, at)
    if (id < 32) {
      repeated |= seen & (1 << id)
      seen |= 1 << id
    }
    line = at + 2
  }
  return new HeaderList(text, index, seen, repeated)
}
