/** What one file of manifests says: several YAML documents, lists among them; JSON is YAML as well. */
import { LineCounter, parseAllDocuments } from 'yaml'
import { isObject } from '../../lib/shape.ts'
import type { Problem } from '../../model/problem.ts'
import type { Origin } from '../../model/route.ts'
import { decodeObject } from '../api/kubernetes/decode.ts'
import { SERVICE_NAME_LABEL } from '../api/kubernetes/endpoint-slice.ts'
import type { KubernetesObject } from '../api/kubernetes/kinds.ts'
import { originOf, type Ref } from '../api/kubernetes/metadata.ts'

/** One object as a file declares it. */
export interface Declared {
  readonly ref: Ref
  readonly file: string
  readonly origin: Origin
  /** `undefined` where it cannot be read; then the problems say why. */
  readonly object: KubernetesObject | undefined
  readonly problems: readonly Problem[]
  /** Tells whether it changed. */
  readonly text: string
}

export interface Manifest {
  readonly declared: readonly Declared[]
  /** What there is to say about objects that are not ours to read. */
  readonly problems: readonly Problem[]
  /** One sentence for each part of the file of which nobody can tell what object it was meant to be. */
  readonly broken: readonly string[]
}

/** Most aliases that may be expanded in a document: enough for people, too few for a bomb. */
const MAX_ALIASES = 100

/**
 * A document that is broken does not keep the others of its file from being read.
 *
 * @param file relative to its folder.
 */
export function parseManifest(file: string, text: string): Manifest {
  const { values, broken } = parseYaml(text)
  const declared: Declared[] = []
  const problems: Problem[] = []
  for (const { raw, place } of values.flatMap(unpackList)) {
    const decoded = decodeObject(raw, { file })
    if (decoded.outcome === 'anonymous') broken.push(`${place}: ${decoded.complaint}`)
    else if (decoded.outcome === 'foreign') problems.push(foreignKind(decoded))
    else declared.push(declare(decoded, { file, text: JSON.stringify(raw) }))
  }
  return { declared, problems, broken }
}

interface Placed {
  readonly raw: unknown
  /** `document 2, items[0]`. */
  readonly place: string
}

function parseYaml(text: string): { readonly values: readonly Placed[]; readonly broken: string[] } {
  const lineCounter = new LineCounter()
  const options = { lineCounter, prettyErrors: false, merge: true, logLevel: 'error' } as const
  const values: Placed[] = []
  const broken: string[] = []
  for (const [i, document] of [...parseAllDocuments(text, options)].entries()) {
    const fault = document.errors[0] ?? document.warnings[0]
    if (fault !== undefined) {
      const { line, col } = lineCounter.linePos(fault.pos[0])
      broken.push(`line ${line}, column ${col}: ${withoutSource(fault.message)}`)
      continue
    }
    try {
      const raw: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
      if (raw !== null && raw !== undefined) values.push({ raw, place: `document ${i + 1}` })
    } catch (error) {
      const message = error instanceof Error ? error.message : 'cannot be read'
      broken.push(`document ${i + 1}: ${withoutSource(message)}`)
    }
  }
  return { values, broken }
}

/**
 * A message of the parser without the text it found, which it puts behind a colon (and `prettyErrors` below it): the
 * file may hold Secrets.
 */
function withoutSource(message: string): string {
  return message.replace(/(?<=\S): .*$/s, '')
}

/** A `List`, or a list of one kind (`IngressList`) whose items may leave their kind to it. */
function unpackList({ raw, place }: Placed): readonly Placed[] {
  if (!isObject(raw) || typeof raw.kind !== 'string' || !raw.kind.endsWith('List') || !Array.isArray(raw.items)) {
    return [{ raw, place }]
  }
  const kind = raw.kind.slice(0, -'List'.length)
  const defaults = kind === '' ? {} : { apiVersion: raw.apiVersion, kind }
  return raw.items.map((item: unknown, i) => ({
    raw: isObject(item) ? { ...defaults, ...item } : item,
    place: `${place}, items[${i}]`,
  }))
}

type Decoded = ReturnType<typeof decodeObject>
type Found = Extract<Decoded, { outcome: 'object' | 'unreadable' }>

function declare(found: Found, { file, text }: { readonly file: string; readonly text: string }): Declared {
  const { ref } = found
  if (found.outcome === 'object') {
    const { object } = found
    return { ref, file, text, origin: originOf(object), object, problems: strayProblems(object) }
  }
  const problems = found.complaints.map(({ field, message }): Problem => {
    const at = { ...found.origin, ...(field === '' ? {} : { field }) }
    return { at, severity: 'error', reason: 'UnreadableObject', message }
  })
  return { ref, file, text, origin: found.origin, object: undefined, problems }
}

/** A slice finds its Service by a label alone: without it, it belongs to nobody, which nobody would ever notice. */
function strayProblems(object: KubernetesObject): readonly Problem[] {
  if (object.kind !== 'EndpointSlice' || object.metadata.labels.has(SERVICE_NAME_LABEL)) return []
  const message = `this slice belongs to no Service; the label ${SERVICE_NAME_LABEL} would name it`
  return [{ at: originOf(object, 'metadata.labels'), severity: 'warning', reason: 'StrayEndpointSlice', message }]
}

function foreignKind({ origin, apiVersion, hint }: Extract<Decoded, { outcome: 'foreign' }>): Problem {
  const message = `${apiVersion} ${origin.kind} is not read${hint === undefined ? '' : `; ${hint}`}`
  return { at: origin, severity: 'warning', reason: 'UnknownKind', message }
}
