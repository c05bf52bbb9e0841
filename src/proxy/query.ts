/** Parameters of a query, as forms and most frameworks write them (WHATWG URL, application/x-www-form-urlencoded). */

/** More are not looked at: a query may be long. */
const MOST_PARAMETERS = 256

/**
 * The values of a parameter, decoded, in their order.
 * @param query with its question mark, or empty.
 */
export function queryValues(query: string, name: string): readonly string[] {
  if (query.length < 2) return []
  const pairs = query.slice(1).split('&', MOST_PARAMETERS)
  return pairs.flatMap((pair) => {
    const equals = pair.indexOf('=')
    const key = equals < 0 ? pair : pair.slice(0, equals)
    return decoded(key) === name ? [equals < 0 ? '' : decoded(pair.slice(equals + 1))] : []
  })
}

/** What is no UTF-8 stays as it was written. */
function decoded(text: string): string {
  if (!/[%+]/.test(text)) return text
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced
  }
}
