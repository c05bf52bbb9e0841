/** Whether a change of an object is one of what it asks for. */
import type { KubernetesObject } from './kinds.ts'
import { isOwnKind } from './metadata.ts'
import { endsAlike } from './pod.ts'

/**
 * Do two versions of an object ask for the same? The status of an Ingress and of our own kinds is an answer, mostly
 * ours: one for each of thousands of objects, and none of them a reason to translate anything. Of a Pod, all that
 * counts is whether it ends.
 */
export function asksTheSame(before: KubernetesObject, after: KubernetesObject): boolean {
  if (before.kind === 'Pod' && after.kind === 'Pod') return endsAlike(before, after)
  if (before.kind !== after.kind || !(after.kind === 'Ingress' || isOwnKind(after.kind))) return false
  return question(before) === question(after)
}

function question(object: KubernetesObject): string {
  return JSON.stringify({ ...object, status: undefined }, (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  )
}
