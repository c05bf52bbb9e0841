/** Spans of time, as people write them. */
import { type LineField, lineField } from './line.ts'

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
const DAY_MS = 24 * UNIT_MS.h!
/** Five digits: what CEL makes of more overflows, and then it can say nothing at all. */
const PATTERN = '^(0|([0-9]{1,5}(h|ms|m|s)){1,4})$'
const MOST_DIGITS = 99_999
const LONGEST = 28

/**
 * A span of time in milliseconds, written as Gateway API writes it (GEP-2257: `1h30m`, `10s`, `500ms`), up to one
 * day. A plain `0` is allowed; any other number needs its unit, since people differ on which one it would be.
 * @param least milliseconds; less than that is refused.
 */
export function duration(least = 0): LineField<number> {
  const expected = `a duration such as 500ms, 10s or 1m30s, ${least === 0 ? '' : `from ${showDuration(least)} `}up to 24h`
  const isAllowed = (text: string) => {
    const most = `duration(${text}) <= duration('24h')`
    return least === 0 ? most : `${most} && duration(${text}) >= duration('${showDuration(least)}')`
  }
  return lineField({
    expected,
    openApi: {
      type: 'string',
      pattern: PATTERN,
      maxLength: LONGEST,
      'x-kubernetes-validations': [{ rule: isAllowed('self'), message: `expected ${expected}` }],
    },
    readText: (text) => {
      const read = readDuration(text)
      return read !== undefined && read >= least ? read : undefined
    },
    show: showDuration,
    textRule: (text) => `${text}.matches('${PATTERN}') && ${isAllowed(text)}`,
  })
}

function readDuration(text: string): number | undefined {
  if (!new RegExp(PATTERN).test(text)) return undefined
  const parts = text.matchAll(/(\d+)(h|ms|m|s)/g)
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0)
  return total <= DAY_MS ? total : undefined
}

const UNITS = ['h', 'm', 's', 'ms'] as const

/** Milliseconds in the largest unit that divides them, `75s`, or in several where that takes too many digits. */
function showDuration(ms: number): string {
  if (ms === 0) return '0'
  const unit = UNITS.find((each) => ms % UNIT_MS[each]! === 0) ?? 'ms'
  const count = ms / UNIT_MS[unit]!
  if (count <= MOST_DIGITS) return `${count}${unit}`
  const larger = UNITS.find((each) => ms >= UNIT_MS[each]!) ?? 'ms'
  const whole = Math.floor(ms / UNIT_MS[larger]!)
  return `${whole}${larger}${showDuration(ms - whole * UNIT_MS[larger]!)}`
}
