/** The table of values in the chart's README. */
import { leaves, type ValueLeaf, type ValueNode } from './values.ts'

const BEGIN = '<!-- values: generated from values.yaml -->'
const END = '<!-- end of values -->'

/**
 * The README with its table replaced by that of the values.
 * @throws Error where the marks around the table are missing.
 */
export function withValuesTable(readme: string, nodes: readonly ValueNode[]): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`README.md of the chart: expected ${BEGIN} and ${END}`)
  const rows = leaves(nodes).map(row)
  const table = ['| value | default | |', '|---|---|---|', ...rows].join('\n')
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`
}

function row({ path, default: value, doc }: ValueLeaf): string {
  return `| \`${path.join('.')}\` | \`${cell(JSON.stringify(value))}\` | ${cell(doc)} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
