/** What the annotations of an Ingress or a Service say: the strongest source of its values. */
import { nearest } from '../../lib/nearest.ts'
import { type LineField, leavesOf, parseText, quote } from '../../lib/schema.ts'
import type { Origin } from '../../model/route.ts'
import { NGINX_PREFIX } from '../api/annotations/nginx.ts'
import { SERVICE_ANNOTATIONS } from '../api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../api/annotations/sluice.ts'
import type { BackendValues } from '../api/backend-policy.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { annotationField, type Identified, originOf } from '../api/kubernetes/metadata.ts'
import type { Service } from '../api/kubernetes/service.ts'
import { INGRESS_OPTIONS, type RouteValues } from '../api/route-policy.ts'
import type { Layer } from './layers.ts'
import { Report } from './report.ts'

interface Row {
  readonly path: string
  readonly field: LineField<unknown>
}

/** The annotations of one kind of object, by the name after the prefix, and who has others. */
interface Table {
  readonly rows: Readonly<Record<string, Row>>
  readonly elsewhere: { readonly owner: string; readonly names: object }
}

const ROUTE_FIELDS = new Map(leavesOf(INGRESS_OPTIONS).map(({ path, field }) => [path, field as LineField<unknown>]))

const OF_INGRESS: Table = {
  rows: Object.fromEntries(
    Object.entries(SLUICE_ANNOTATIONS).map(([name, path]) => [name, { path, field: ROUTE_FIELDS.get(path)! }]),
  ),
  elsewhere: { owner: 'a Service', names: SERVICE_ANNOTATIONS },
}
const OF_SERVICE: Table = {
  rows: SERVICE_ANNOTATIONS,
  elsewhere: { owner: 'an Ingress', names: SLUICE_ANNOTATIONS },
}

/** What annotations say, and what they failed to say. */
export interface Annotated<V> extends Layer<V> {
  /** What is wrong with them. */
  readonly report: Report
  /** Where a bad value stands, by the path that it is of. */
  readonly faults: ReadonlyMap<string, Origin>
}

/** A bad value is reported to its owner and the weaker source applies. `undefined` where nothing is said. */
export function annotationLayer(ingress: Ingress, report: Report): Annotated<RouteValues> | undefined {
  warnOfNginxAnnotations(ingress, report)
  const said = layerOf<RouteValues>(ingress, OF_INGRESS)
  if (said !== undefined) report.add(said.report)
  return said
}

/** The same of a Service; whoever uses it reports what is wrong. */
export function serviceLayer(service: Service): Annotated<BackendValues> | undefined {
  return layerOf<BackendValues>(service, OF_SERVICE)
}

/** `undefined` where there is none of ours. */
function layerOf<V>(object: Identified, table: Table): Annotated<V> | undefined {
  const report = new Report()
  const values: Record<string, unknown> = {}
  const origins: Record<string, Origin> = {}
  const faults = new Map<string, Origin>()
  for (const [annotation, text] of object.metadata.annotations) {
    if (!annotation.startsWith(SLUICE_PREFIX)) continue
    const at = originOf(object, annotationField(annotation))
    const row = rowOf(annotation.slice(SLUICE_PREFIX.length), table)
    if (typeof row === 'string') {
      report.error(at, 'UnknownAnnotation', `there is no annotation ${quote(annotation)}${row}`)
      continue
    }
    const parsed = parseText(row.field, text)
    if (parsed.ok) {
      values[row.path] = parsed.value
      origins[row.path] = at
    } else {
      faults.set(row.path, at)
      report.error(at, 'InvalidAnnotation', `${parsed.complaint}; the next weaker source applies`)
    }
  }
  if (report.problems.length === 0 && Object.keys(values).length === 0) return undefined
  return { values: values as Partial<V>, origins: origins as Layer<V>['origins'], faults, report }
}

/** @returns a hint where there is no such row. */
function rowOf(name: string, { rows, elsewhere }: Table): Row | string {
  if (Object.hasOwn(rows, name)) return rows[name]!
  if (Object.hasOwn(elsewhere.names, name)) return ` here: it is one for ${elsewhere.owner}`
  const meant = nearest(name, Object.keys(rows))
  return meant === undefined ? '' : `; did you mean ${SLUICE_PREFIX}${meant}?`
}

function warnOfNginxAnnotations(ingress: Ingress, report: Report): void {
  const names = [...ingress.metadata.annotations.keys()].filter((name) => name.startsWith(NGINX_PREFIX)).sort()
  if (names.length === 0) return
  const list = names.map((name) => name.slice(NGINX_PREFIX.length)).join(', ')
  const message = `annotations of ingress-nginx are not served yet; this Ingress behaves as if it had none: ${list}`
  report.warning(originOf(ingress, 'metadata.annotations'), 'AnnotationsNotServed', message)
}
