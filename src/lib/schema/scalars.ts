/** Numbers, words and texts. */
import { isRange } from '../cidr.ts'
import { celText } from './field.ts'
import { type LineField, lineField } from './line.ts'

/** A decimal integer within bounds, both included. */
export function integer(min: number, max: number): LineField<number> {
  const inBounds = (value: number) => (value >= min && value <= max ? value : undefined)
  return lineField({
    expected: `an integer from ${min} to ${max}`,
    openApi: { type: 'integer', minimum: min, maximum: max },
    readText: (text) => (/^(0|-?[1-9]\d{0,14})$/.test(text) ? inBounds(Number(text)) : undefined),
    readJson: (value) => (Number.isSafeInteger(value) ? inBounds(value as number) : undefined),
    show: String,
    textRule: (text) =>
      `${text}.matches('^(0|-?[1-9][0-9]{0,14})$') && int(${text}) >= ${min} && int(${text}) <= ${max}`,
  })
}

/** Any finite number, as JSON writes it. */
export function number(): LineField<number> {
  const pattern = '^-?(0|[1-9][0-9]{0,14})([.][0-9]{1,15})?$'
  return lineField({
    expected: 'a number such as 0.5',
    openApi: { type: 'number' },
    readText: (text) => (new RegExp(pattern).test(text) ? Number(text) : undefined),
    readJson: (value) => (Number.isFinite(value) ? (value as number) : undefined),
    show: String,
    textRule: (text) => `${text}.matches(${celText(pattern)})`,
  })
}

/** One of a few words, spelt exactly so. */
export function oneOf<const W extends string>(...words: readonly W[]): LineField<W> {
  return lineField({
    expected: `one of ${words.join(', ')}`,
    openApi: { type: 'string', enum: words },
    readText: (text) => words.find((word) => word === text),
    show: String,
    textRule: (text) => `${text} in [${words.map(celText).join(', ')}]`,
  })
}

/** `true` or `false`. */
export function boolean(): LineField<boolean> {
  return lineField({
    expected: 'true or false',
    openApi: { type: 'boolean' },
    readText: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
    readJson: (value) => (typeof value === 'boolean' ? value : undefined),
    show: String,
    textRule: (text) => `${text} in ['true', 'false']`,
  })
}

/** Longest text that the API server is asked to match against a pattern. */
const LONGEST_TEXT = 1024

/** Text that matches a pattern as a whole; `expected` says in words what that is. */
export function text(pattern: RegExp, expected: string, maxLength = LONGEST_TEXT): LineField<string> {
  const whole = `^(?:${pattern.source})$`
  return lineField({
    expected,
    openApi: { type: 'string', pattern: whole, maxLength },
    readText: (value) => (value.length <= maxLength && pattern.exec(value)?.[0] === value ? value : undefined),
    show: String,
    textRule: (value) => `size(${value}) <= ${maxLength} && ${value}.matches(${celText(whole)})`,
  })
}

/** Longest spelling of an IPv6 range, with room for an embedded IPv4 address. */
const LONGEST_RANGE = 64

/** A range of addresses (RFC 4632 section 3.1, RFC 4291 section 2.3) or a single one. */
export function addressRange(): LineField<string> {
  const expected = 'a range of addresses such as 10.0.0.0/8'
  const rule = (value: string) => `isCIDR(${value}) || isIP(${value})`
  return lineField({
    expected,
    openApi: {
      type: 'string',
      maxLength: LONGEST_RANGE,
      'x-kubernetes-validations': [{ rule: rule('self'), message: `expected ${expected}` }],
    },
    readText: (value) => (value.length <= LONGEST_RANGE && isRange(value) ? value : undefined),
    show: String,
    textRule: (value) => `(${rule(value)})`,
  })
}
