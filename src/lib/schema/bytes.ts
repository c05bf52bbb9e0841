/** Numbers of bytes, with the suffixes of Kubernetes quantities. */
import type { OpenApi } from './field.ts'
import { type LineField, lineField } from './line.ts'

const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  k: 1000,
  M: 1000 ** 2,
  G: 1000 ** 3,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
}
const PATTERN = '^[0-9]{1,12}(k|M|G|Ki|Mi|Gi)?$'
const MOST = 2 ** 50

/**
 * A number of bytes: `k M G` count in thousands, `Ki Mi Gi` in 1024s. A small `m` is refused: it would be a
 * thousandth here and a million elsewhere.
 */
export function bytes(min = 0, max = MOST): LineField<number> {
  const isBounded = min > 0 || max < MOST
  const expected = isBounded
    ? `a size in bytes from ${showBytes(min)} to ${showBytes(max)}`
    : 'a size in bytes such as 1048576, 512Ki, 10Mi or 1G'
  const inBounds = (value: number | undefined) =>
    value !== undefined && value >= min && value <= max ? value : undefined
  return lineField({
    expected,
    openApi: openApi({ min, max, expected }),
    readText: (text) => inBounds(readBytes(text)),
    readJson: (value) => inBounds(typeof value === 'string' ? readBytes(value) : wholeNumber(value)),
    show: showBytes,
    textRule: (text) => `${text}.matches('${PATTERN}') && ${quantityRule(text, min, max)}`,
  })
}

/**
 * The same for members of the objects of a list: there a rule about quantities is beyond the budget of the API server,
 * which counts texts without a length. It judges numbers, and texts by their pattern alone; bounds of these are for us.
 */
export function bytesInList(min: number, max: number): LineField<number> {
  const field = bytes(min, max)
  const { 'x-kubernetes-validations': _, ...openApi } = field.openApi
  return { ...field, openApi }
}

interface Bounds {
  readonly min: number
  readonly max: number
  readonly expected: string
}

/** A number or a text, as with Kubernetes quantities; the pattern judges the text, the bounds the number. */
function openApi({ min, max, expected }: Bounds): OpenApi {
  const rule = `type(self) == int || (${quantityRule('string(self)', min, max)})`
  return {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
    pattern: PATTERN,
    minimum: min,
    maximum: max,
    'x-kubernetes-validations': [{ rule, message: `expected ${expected}` }],
  }
}

function quantityRule(text: string, min: number, max: number): string {
  const notLess = min > 0 ? ` && !quantity(${text}).isLessThan(quantity('${min}'))` : ''
  return `!quantity(${text}).isGreaterThan(quantity('${max}'))${notLess}`
}

function readBytes(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,12})(k|M|G|Ki|Mi|Gi)?$/.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNIT_BYTES[unit ?? '']!
}

function wholeNumber(value: unknown): number | undefined {
  return Number.isSafeInteger(value) ? (value as number) : undefined
}

const SHOWN = ['Gi', 'Mi', 'Ki'] as const

/** Bytes in the largest unit that divides them: `16Ki`, `1Mi`, `1000`. */
function showBytes(count: number): string {
  const unit = count === 0 ? undefined : SHOWN.find((each) => count % UNIT_BYTES[each]! === 0)
  return unit === undefined ? `${count}` : `${count / UNIT_BYTES[unit]!}${unit}`
}
