/** A part of a request as policies name it. */
import { type LineField, text } from '../../../lib/schema.ts'

/** Names of fields and cookies (RFC 9110 section 5.6.2), as a pattern. */
export const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}"

type Part<W extends string> = W extends `${infer Sort}:NAME` ? `${Sort}:${string}` : W

/** One of these words, `header:NAME` or `cookie:NAME`. In words that end with `:NAME` that stands for a name. */
export function requestPart<const W extends string>(
  ...words: readonly W[]
): LineField<Part<W> | `header:${string}` | `cookie:${string}`> {
  const all = [...words, 'header:NAME', 'cookie:NAME']
  const field = text(
    new RegExp(all.map((word) => word.replace(/NAME$/, TOKEN)).join('|')),
    `${all.slice(0, -1).join(', ')} or cookie:NAME`,
  )
  return field as unknown as LineField<Part<W> | `header:${string}` | `cookie:${string}`>
}
