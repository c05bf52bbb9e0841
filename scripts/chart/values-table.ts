/** The table of values in the chart's README. */
import { table } from './section.ts'
import { leaves, type ValueNode } from './values.ts'

export function valuesTable(nodes: readonly ValueNode[]): string {
  const rows = leaves(nodes).map(({ path, default: value, doc }) => [
    `\`${path.join('.')}\``,
    `\`${JSON.stringify(value)}\``,
    doc,
  ])
  return table([['value', 'default', ''], ...rows])
}
