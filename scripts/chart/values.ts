/**
 * The chart's values.yaml, read with its comments: `# --` begins what people are told about a value, `# @schema` is
 * JSON that adds to the type of its default. Table and schema of values both come from what is read here.
 */
import { isMap, isPair, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'

/** One value that can be set as a whole, or a map of such values. */
export type ValueNode = ValueLeaf | ValueGroup

export interface ValueLeaf {
  readonly path: readonly string[]
  readonly doc: string
  readonly default: unknown
  /** What `# @schema` says. */
  readonly schema: Readonly<Record<string, unknown>>
}

export interface ValueGroup {
  readonly path: readonly string[]
  readonly members: readonly ValueNode[]
}

/** @throws Error naming the value that has no comment, or a comment that cannot be read. */
export function readValues(text: string): readonly ValueNode[] {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw error
  if (!isMap(document.contents)) throw new Error('values.yaml: expected a map')
  return members(document.contents, [])
}

export function leaves(nodes: readonly ValueNode[]): readonly ValueLeaf[] {
  return nodes.flatMap((node) => ('members' in node ? leaves(node.members) : [node]))
}

function members(map: YAMLMap, path: readonly string[]): readonly ValueNode[] {
  return map.items.map((pair, index) => {
    // The comment before the first key of a map is kept at the map.
    const before = index === 0 ? map.commentBefore : undefined
    return node(pair, path, before ?? undefined)
  })
}

function node(pair: unknown, above: readonly string[], before: string | undefined): ValueNode {
  if (!isPair(pair) || !isScalar(pair.key)) throw new Error(`values.yaml, ${above.join('.')}: expected plain keys`)
  const path = [...above, String(pair.key.value)]
  const { doc, schema } = comment(pair.key.commentBefore ?? before ?? '', path)
  if (doc !== undefined) return { path, doc, schema, default: plain(pair) }
  if (!isMap(pair.value) || pair.value.items.length === 0) {
    throw new Error(`values.yaml, ${path.join('.')}: expected a comment that begins with "# --"`)
  }
  return { path, members: members(pair.value, path) }
}

function plain({ value }: Pair): unknown {
  return value !== null && typeof value === 'object' && 'toJSON' in value ? (value.toJSON as () => unknown)() : value
}

function comment(text: string, path: readonly string[]) {
  const lines = text.split('\n').map((line) => line.trim())
  const start = lines.findIndex((line) => line.startsWith('-- '))
  if (start < 0) return { doc: undefined, schema: {} }
  const block = lines.slice(start)
  const json = block.filter((line) => line.startsWith('@schema ')).map((line) => line.slice('@schema '.length))
  const doc = block.filter((line) => !line.startsWith('@schema ')).join(' ')
  return { doc: doc.slice('-- '.length).trim(), schema: schemaOf(json, path) }
}

function schemaOf(json: readonly string[], path: readonly string[]): Readonly<Record<string, unknown>> {
  try {
    return Object.assign({}, ...json.map((each) => JSON.parse(each) as object)) as Record<string, unknown>
  } catch (error) {
    throw new Error(`values.yaml, ${path.join('.')}: @schema: ${(error as Error).message}`)
  }
}
