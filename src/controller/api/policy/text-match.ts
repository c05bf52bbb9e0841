/** A header field, a cookie or a parameter of the query as policies ask for it: there at all, this value, or a pattern. */
import { listOf, object, optional, required, text } from '../../../lib/schema.ts'
import { pattern } from './pattern.ts'
import { TOKEN } from './request-part.ts'

const MOST_TEXTS = 8
const LONGEST_VALUE = 256

const VALUE = text(/[ -~]*/, `up to ${LONGEST_VALUE} printable characters of ASCII`, LONGEST_VALUE)
const ONE_OF_TWO = [
  {
    rule: '!(has(self.value) && has(self.pattern))',
    message: 'expected either value or pattern; without both it has to be there, whatever it says',
  },
]

/** @param what the names are of, for documentation. */
export function textMatches(what: string) {
  const match = object(
    {
      name: required(text(new RegExp(TOKEN), `the name of a ${what}`), `Name of the ${what}.`),
      value: optional(VALUE, 'What it says, to the letter.'),
      pattern: optional(pattern(), 'What it says as a whole, as a regular expression that takes linear time.'),
    },
    ONE_OF_TWO,
  )
  return listOf(match, { minItems: 1, maxItems: MOST_TEXTS })
}
