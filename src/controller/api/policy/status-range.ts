/** HTTP statuses as options name them: `200`, or `200-399` for all from one to the other. */
import { type LineField, lineField } from '../../../lib/schema.ts'
import type { StatusRange } from '../../../model/health.ts'

const PATTERN = '^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$'
const EXPECTED = 'a status such as 200, or a range such as 200-399'

export function statusRange(): LineField<StatusRange> {
  const rule = (text: string) => {
    return `${text}.matches('${PATTERN}') && (size(${text}) == 3 || int(${text}.substring(0, 3)) <= int(${text}.substring(4)))`
  }
  return lineField({
    expected: EXPECTED,
    openApi: {
      type: 'string',
      pattern: PATTERN,
      maxLength: 7,
      'x-kubernetes-validations': [{ rule: rule('self'), message: `expected ${EXPECTED}` }],
    },
    readText: (text) => {
      if (!new RegExp(PATTERN).test(text)) return undefined
      const [from = 0, to = from] = text.split('-').map(Number)
      return from <= to ? [from, to] : undefined
    },
    show: ([from, to]) => (from === to ? `${from}` : `${from}-${to}`),
    textRule: rule,
  })
}
