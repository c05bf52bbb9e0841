/** values.schema.json: which values there are and of what type. Unknown ones are refused, so that typing errors show. */
import type { ValueLeaf, ValueNode } from './values.ts'

type Schema = Readonly<Record<string, unknown>>

export function valuesSchema(nodes: readonly ValueNode[]): Schema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Values', ...group(nodes) }
}

function group(nodes: readonly ValueNode[]): Schema {
  const properties = nodes.map((node) => [node.path.at(-1)!, 'members' in node ? group(node.members) : leaf(node)])
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) as object }
}

function leaf({ doc, default: value, schema, path }: ValueLeaf): Schema {
  const type = schema.type ?? typeOf(value, path)
  const least = type === 'integer' ? { minimum: 0 } : {}
  return { type, description: doc, ...least, ...schema }
}

/** @throws Error where the default alone does not tell the type. */
function typeOf(value: unknown, path: readonly string[]): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number' && Number.isInteger(value)) return 'integer'
  if (typeof value === 'string' || typeof value === 'boolean') return typeof value
  if (typeof value === 'object' && value !== null) return 'object'
  throw new Error(
    `values.yaml, ${path.join('.')}: expected a type in # @schema, since ${JSON.stringify(value)} has none`,
  )
}
