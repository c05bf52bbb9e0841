/** A regular expression as an option: only such as take linear time, see `lib/pattern.ts`. */
import { patternComplaint } from '../../../lib/pattern.ts'
import { type Field, found } from '../../../lib/schema.ts'

const LONGEST = 256
const EXPECTED = 'a regular expression of the whole text such as v2[.].+, without ^, $, back references and look-around'

/** The API server checks the part of it that RE2 has as well; the rest is told on the object. */
export function pattern(): Field<string> {
  return {
    expected: EXPECTED,
    openApi: {
      type: 'string',
      minLength: 1,
      maxLength: LONGEST,
      'x-kubernetes-validations': [
        {
          rule: "!self.startsWith('^') && !self.endsWith('$') && !self.contains('(?')",
          message: `expected ${EXPECTED}`,
        },
      ],
    },
    read: (value, at) => {
      if (typeof value !== 'string' || value === '') return at.complain(`expected ${EXPECTED}, ${found(value)}`)
      if (value.length > LONGEST) return at.complain(`expected at most ${LONGEST} characters, not ${value.length}`)
      const complaint = patternComplaint(value)
      return complaint === undefined ? value : at.complain(`expected ${EXPECTED}, ${found(value)}: ${complaint}`)
    },
  }
}
