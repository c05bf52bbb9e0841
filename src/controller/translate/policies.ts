/** What holds for the routes of an Ingress: defaults, and over them what its annotations say. */
import { nearest } from '../../lib/nearest.ts'
import { type Field, parseText, quote } from '../../lib/schema.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { ActionSpec, Origin } from '../../model/route.ts'
import { NGINX_PREFIX } from '../api/annotations/nginx.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../api/annotations/sluice.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { annotationField, originOf } from '../api/kubernetes/metadata.ts'
import { ROUTE_POLICY, type RoutePolicy, type RoutePolicyField } from '../api/route-policy.ts'
import type { Report } from './report.ts'

/** Values of a policy, and where each that is not a default came from. */
export interface EffectivePolicy {
  readonly values: RoutePolicy
  readonly origins: ReadonlyMap<RoutePolicyField, Origin>
}

/** A bad value is reported to its owner and the weaker source applies. */
export function effectivePolicy(ingress: Ingress, defaults: RoutePolicy, report: Report): EffectivePolicy {
  const values: Record<RoutePolicyField, number> = { ...defaults }
  const origins = new Map<RoutePolicyField, Origin>()
  for (const [annotation, text] of ingress.metadata.annotations) {
    if (!annotation.startsWith(SLUICE_PREFIX)) continue
    const at = originOf(ingress, annotationField(annotation))
    const field = fieldOf(annotation.slice(SLUICE_PREFIX.length), at, report)
    if (field === undefined) continue
    const option: Field<number> = ROUTE_POLICY[field]
    const parsed = parseText(option, text)
    if (parsed.ok) {
      values[field] = parsed.value
      origins.set(field, at)
    } else {
      report.error(at, 'InvalidAnnotation', `${parsed.complaint}; the default applies`)
    }
  }
  const effective = { values, origins }
  warnOfIdleTimeouts(effective, report)
  warnOfNginxAnnotations(ingress, report)
  return effective
}

function fieldOf(name: string, at: Origin, report: Report): RoutePolicyField | undefined {
  if (Object.hasOwn(SLUICE_ANNOTATIONS, name)) return SLUICE_ANNOTATIONS[name]!.field
  const meant = nearest(name, Object.keys(SLUICE_ANNOTATIONS))
  const hint = meant === undefined ? '' : `; did you mean ${SLUICE_PREFIX}${meant}?`
  report.error(at, 'UnknownAnnotation', `there is no annotation ${quote(SLUICE_PREFIX + name)}${hint}`)
  return undefined
}

/** A limit on a part that is longer than the one on the whole never comes to act. */
function warnOfIdleTimeouts({ values, origins }: EffectivePolicy, report: Report): void {
  const whole = values.requestTimeout
  for (const field of ['connectTimeout', 'responseTimeout'] as const) {
    const at = origins.get(field)
    if (at === undefined || whole === 0 || values[field] < whole) continue
    const message = `${values[field]} ms has no effect beside a request timeout of ${whole} ms`
    report.warning(at, 'TimeoutWithoutEffect', message)
  }
}

function warnOfNginxAnnotations(ingress: Ingress, report: Report): void {
  const names = [...ingress.metadata.annotations.keys()].filter((name) => name.startsWith(NGINX_PREFIX)).sort()
  if (names.length === 0) return
  const list = names.map((name) => name.slice(NGINX_PREFIX.length)).join(', ')
  const message = `annotations of ingress-nginx are not served yet; this Ingress behaves as if it had none: ${list}`
  report.warning(originOf(ingress, 'metadata.annotations'), 'AnnotationsNotServed', message)
}

type Forward = Extract<ActionSpec, { kind: 'forward' }>

/** What a policy means for a route that forwards. */
export function forwardOptions({ values }: EffectivePolicy): Pick<Forward, 'timeouts' | 'retry'> {
  return {
    timeouts: {
      connectMs: values.connectTimeout,
      responseGapMs: values.responseTimeout,
      requestMs: values.requestTimeout,
    },
    retry: { attempts: values.retryAttempts },
  }
}

/** The filters of a route, in the order in which they run. */
export function filtersOf({ values }: EffectivePolicy): readonly FilterSpec[] {
  return values.maxBodySize === 0 ? [] : [{ kind: 'body-limit', maxBytes: values.maxBodySize }]
}
