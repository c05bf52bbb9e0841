/** What the annotations of an Ingress say: the strongest source of its values. */
import { nearest } from '../../lib/nearest.ts'
import { type LineField, leavesOf, parseText, quote } from '../../lib/schema.ts'
import type { Origin } from '../../model/route.ts'
import { NGINX_PREFIX } from '../api/annotations/nginx.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../api/annotations/sluice.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { annotationField, originOf } from '../api/kubernetes/metadata.ts'
import { INGRESS_OPTIONS, type RoutePath, type RouteValues } from '../api/route-policy.ts'
import type { Layer } from './layers.ts'
import type { Report } from './report.ts'

const FIELDS = new Map(leavesOf(INGRESS_OPTIONS).map(({ path, field }) => [path, field as LineField<unknown>]))

/** A bad value is reported to its owner and the weaker source applies. `undefined` where nothing is said. */
export function annotationLayer(ingress: Ingress, report: Report): Layer<RouteValues> | undefined {
  const values: Partial<Record<RoutePath, unknown>> = {}
  const origins: Partial<Record<RoutePath, Origin>> = {}
  for (const [annotation, text] of ingress.metadata.annotations) {
    if (!annotation.startsWith(SLUICE_PREFIX)) continue
    const at = originOf(ingress, annotationField(annotation))
    const path = pathOf(annotation.slice(SLUICE_PREFIX.length), at, report)
    if (path === undefined) continue
    const parsed = parseText(FIELDS.get(path)!, text)
    if (parsed.ok) {
      values[path] = parsed.value
      origins[path] = at
    } else report.error(at, 'InvalidAnnotation', `${parsed.complaint}; the next weaker source applies`)
  }
  warnOfNginxAnnotations(ingress, report)
  return Object.keys(values).length === 0 ? undefined : { values: values as Partial<RouteValues>, origins }
}

function pathOf(name: string, at: Origin, report: Report): RoutePath | undefined {
  if (Object.hasOwn(SLUICE_ANNOTATIONS, name)) return SLUICE_ANNOTATIONS[name]
  const meant = nearest(name, Object.keys(SLUICE_ANNOTATIONS))
  const hint = meant === undefined ? '' : `; did you mean ${SLUICE_PREFIX}${meant}?`
  report.error(at, 'UnknownAnnotation', `there is no annotation ${quote(SLUICE_PREFIX + name)}${hint}`)
  return undefined
}

function warnOfNginxAnnotations(ingress: Ingress, report: Report): void {
  const names = [...ingress.metadata.annotations.keys()].filter((name) => name.startsWith(NGINX_PREFIX)).sort()
  if (names.length === 0) return
  const list = names.map((name) => name.slice(NGINX_PREFIX.length)).join(', ')
  const message = `annotations of ingress-nginx are not served yet; this Ingress behaves as if it had none: ${list}`
  report.warning(originOf(ingress, 'metadata.annotations'), 'AnnotationsNotServed', message)
}
