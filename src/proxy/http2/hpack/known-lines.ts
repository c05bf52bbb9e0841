/**
 * Field lines that were indexed before, of all connections of a thread: answers of many connections have the same ones,
 * which therefore lie in the processor's caches when each of them is encoded. What a peer may be told by an index is
 * still decided by its own connection alone: nobody learns here what others were sent.
 */

export interface KnownLine {
  /** `Name: value` without CRLF. */
  readonly line: string
  /** In the static table; 0 for none. */
  readonly fixed: number
  /** Of this line alone, from 1; lines that come together have numbers side by side. */
  readonly serial: number
}

/** Found by a few letters; in pairs, the last one remembered before the other. */
const PLACES = 256
const known: (KnownLine | undefined)[] = new Array(PLACES).fill(undefined)
let serial = 0

/** Where to look for a line of this many letters. @param letters says something of them. */
export function placeOf(letters: number): number {
  return letters & (PLACES - 2)
}

/** The line `text[start, start + length)`. */
export function findLine(place: number, text: string, start: number, length: number): KnownLine | undefined {
  const first = known[place]
  if (first !== undefined && first.line.length === length && text.startsWith(first.line, start)) return first
  const second = known[place + 1]
  if (second !== undefined && second.line.length === length && text.startsWith(second.line, start)) return second
  return undefined
}

/** @param line kept for as long as others do not push it out. */
export function rememberLine(place: number, line: string, fixed: number): KnownLine {
  serial++
  const added: KnownLine = { line, fixed, serial }
  known[place + 1] = known[place]
  known[place] = added
  return added
}
