/**
 * The vocabulary of options. A field knows in words what it accepts and how to read it from one line of text, so
 * that flags, environment and annotations share one parser and one wording of complaints. Later issues add the
 * OpenAPI schema of a field beside its parser.
 */

/** One kind of value, of any type but `undefined`. */
export interface Field<T> {
  /** What is accepted, as it stands in a complaint after "expected": `an integer from 0 to 10`. */
  readonly expected: string
  /** The value, or `undefined` where the text is not one. */
  readonly read: (text: string) => T | undefined
}

/** The TypeScript type of a field's values. */
export type Infer<F> = F extends Field<infer T> ? T : never

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `expected an integer from 0 to 10, not "eleven"`. */
  | { readonly ok: false; readonly complaint: string }

/** Reads one line of text, with a complaint that says what was expected and what was there. */
export function parseText<T>(field: Field<T>, text: string): Parsed<T> {
  const value = field.read(text)
  if (value !== undefined) return { ok: true, value }
  return { ok: false, complaint: `expected ${field.expected}, not ${quote(text)}` }
}

/** A decimal integer within bounds, both included. */
export function integer(min: number, max: number): Field<number> {
  return {
    expected: `an integer from ${min} to ${max}`,
    read: (text) => (/^(0|-?[1-9]\d{0,14})$/.test(text) ? within(Number(text), min, max) : undefined),
  }
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const DAY_MS = 24 * UNIT_MS.h!

/**
 * A span of time in milliseconds, written as Gateway API writes it (GEP-2257: `1h30m`, `10s`, `500ms`), up to one
 * day. A plain `0` is allowed; any other number needs its unit, since people differ on which one it would be.
 */
export function duration(): Field<number> {
  return {
    expected: 'a duration such as 500ms, 10s or 1m30s, up to 24h',
    read: (text) => {
      if (text === '0') return 0
      if (!/^(\d{1,8}(h|ms|m|s)){1,4}$/.test(text)) return undefined
      const parts = text.matchAll(/(\d+)(h|ms|m|s)/g)
      const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0)
      return within(total, 0, DAY_MS)
    },
  }
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
}

/**
 * A number of bytes with the suffixes of Kubernetes quantities: `k M G` count in thousands, `Ki Mi Gi` in 1024s.
 * A small `m` is refused: it would be a thousandth here and a million elsewhere.
 */
export function bytes(): Field<number> {
  return {
    expected: 'a size in bytes such as 1048576, 512Ki, 10Mi or 1G',
    read: (text) => {
      const [, count, unit] = /^(\d{1,12})(k|M|G|Ki|Mi|Gi)?$/.exec(text) ?? []
      return count === undefined ? undefined : within(Number(count) * UNIT_BYTES[unit ?? '']!, 0, 2 ** 50)
    },
  }
}

/** One of a few words, spelt exactly so. */
export function oneOf<const W extends string>(...words: readonly W[]): Field<W> {
  return { expected: `one of ${words.join(', ')}`, read: (text) => words.find((word) => word === text) }
}

/** `true` or `false`. */
export function boolean(): Field<boolean> {
  return { expected: 'true or false', read: (text) => (text === 'true' ? true : text === 'false' ? false : undefined) }
}

/** Text that matches a pattern as a whole; `expected` says in words what that is. */
export function text(pattern: RegExp, expected: string): Field<string> {
  return { expected, read: (value) => (pattern.exec(value)?.[0] === value ? value : undefined) }
}

/** A comma-separated list; blanks around items do not count, empty text is the empty list. */
export function list<T>(of: Field<T>): Field<readonly T[]> {
  return {
    expected: `a comma-separated list, each item ${of.expected}`,
    read: (line) => {
      const items = line.trim() === '' ? [] : line.split(',').map((item) => of.read(item.trim()))
      return items.some((item) => item === undefined) ? undefined : (items as T[])
    },
  }
}

const LONGEST_QUOTE = 80

/** A value as it stands in a message: in quotes, control characters escaped, cut where it is long. */
export function quote(value: string): string {
  return JSON.stringify(value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value)
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined
}
