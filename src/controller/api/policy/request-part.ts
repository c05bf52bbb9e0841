/** A part of a request as policies name it. */
import { type LineField, text } from '../../../lib/schema.ts'

/** Names of fields and cookies (RFC 9110 section 5.6.2), as a pattern. */
export const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}"

/** One of these words, `header:NAME` or `cookie:NAME`. */
export function requestPart<const W extends string>(
  ...words: readonly W[]
): LineField<W | `header:${string}` | `cookie:${string}`> {
  const field = text(
    new RegExp(`${words.join('|')}|header:${TOKEN}|cookie:${TOKEN}`),
    `${words.join(', ')}, header:NAME or cookie:NAME`,
  )
  return field as unknown as LineField<W | `header:${string}` | `cookie:${string}`>
}
