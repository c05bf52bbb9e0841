/**
 * THE table of our own annotations on a Service: each option of a BackendPolicy that a line can hold, under its own name
 * in the way of annotations. `outlierDetection.consecutive5xx` is `outlier-detection-consecutive-5xx`.
 */
import { type LineField, leavesOf } from '../../../lib/schema.ts'
import { BACKEND_POLICY_SPEC, type BackendValues } from '../backend-policy.ts'

export type BackendPath = keyof BackendValues & string

/** As they are called on an Ingress. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  'timeouts.connect': 'connect-timeout',
  'timeouts.response': 'response-timeout',
  protocol: 'backend-protocol',
}

interface ServiceAnnotation {
  readonly path: BackendPath
  readonly field: LineField<unknown>
  readonly doc: string
}

/** By the name after the prefix. */
export const SERVICE_ANNOTATIONS: Readonly<Record<string, ServiceAnnotation>> = Object.fromEntries(
  leavesOf(BACKEND_POLICY_SPEC).flatMap(({ path, field, doc }) => {
    if (!('readText' in field)) return []
    const row: ServiceAnnotation = { path: path as BackendPath, field: field as LineField<unknown>, doc }
    return [[OTHER_NAMES[path] ?? nameOf(path), row] as const]
  }),
)

function nameOf(path: string): string {
  return path
    .replaceAll('.', '-')
    .replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    .replace(/([a-z])(\d)/g, '$1-$2')
}
