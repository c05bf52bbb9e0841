/** Lists, as JSON and as one line. */
import type { Place } from '../shape.ts'
import { type Field, found, type OpenApi } from './field.ts'
import type { LineField, TextForm } from './line.ts'

/** Enough for people; the API server multiplies the cost of rules by it. */
const MOST_ITEMS = 256

/**
 * A list in JSON; in text it is comma-separated, blanks around items do not count, empty text is the empty list, where
 * that is allowed.
 */
export function list<T>(of: LineField<T>, { minItems = 0 } = {}): LineField<readonly T[]> {
  const inText = commaSeparated(of)
  const items = (text: string) => `${text}.split(',').all(item, ${of.textRule('item.trim()')})`
  return {
    ...listOf(of, minItems === 0 ? {} : { minItems }),
    ...inText,
    readText: (line) => {
      const read = inText.readText(line)
      return read !== undefined && read.length < minItems ? undefined : read
    },
    show: (values) => values.map(of.show).join(', '),
    textRule: (text) => (minItems > 0 ? items(text) : `${text}.trim() == '' || ${items(text)}`),
  }
}

export function commaSeparated<T>(of: TextForm<T>): TextForm<readonly T[]> {
  return {
    expected: `a comma-separated list, each item ${of.expected}`,
    readText: (line) => {
      const items = line.trim() === '' ? [] : line.split(',').map((item) => of.readText(item.trim()))
      return items.length > MOST_ITEMS || items.some((item) => item === undefined) ? undefined : (items as T[])
    },
  }
}

/** A list that only JSON can hold. One bad item makes the whole of it bad: half a list means something else. */
export function listOf<T>(of: Field<T>, more: OpenApi = {}): Field<readonly T[]> {
  const { minItems = 0, maxItems = MOST_ITEMS } = more
  const expected = `a list of ${minItems} to ${maxItems} items, each ${of.expected}`
  return {
    expected,
    openApi: { type: 'array', maxItems, items: of.openApi, ...more },
    read: (value, at) => {
      if (!Array.isArray(value)) return at.complain(`expected a list, ${found(value)}`)
      if (value.length < minItems || value.length > maxItems) {
        return at.complain(`expected ${minItems} to ${maxItems} items, not ${value.length}`)
      }
      return readItems(of, value, at)
    },
  }
}

/** A list that only JSON can hold, of which each item stands for itself: a bad one is left out. */
export function eachOf<T>(of: Field<T>, more: OpenApi = {}): Field<readonly T[]> {
  const whole = listOf(of, more)
  const each = listOf<{ readonly item: T | undefined }>(
    { ...of, read: (value, at) => ({ item: of.read(value, at) }) },
    more,
  )
  const read: Field<readonly T[]>['read'] = (value, at) => each.read(value, at)?.flatMap(({ item }) => item ?? [])
  return { ...whole, read, itemsApart: true }
}

function readItems<T>(of: Field<T>, items: readonly unknown[], at: Place): readonly T[] | undefined {
  const read = items.map((item, i) => of.read(item, at.item(i)))
  return read.some((item) => item === undefined) ? undefined : (read as T[])
}
