/** Whether a change of an object is one of what it asks for. */
import type { KubernetesObject } from './kinds.ts'
import { isOwnKind } from './metadata.ts'
import { endsAlike, type Pod, readySince, revisionOf } from './pod.ts'

/**
 * Do two versions of an object ask for the same? The status of an Ingress and of our own kinds is an answer, mostly
 * ours: one for each of thousands of objects, and none of them a reason to translate anything. Of a Pod, all that
 * counts is what it was made from, whether it ends, and since when it is ready.
 */
export function asksTheSame(before: KubernetesObject, after: KubernetesObject): boolean {
  if (before.kind === 'Pod' && after.kind === 'Pod')
    return endsAlike(before, after) && isReadyAsBefore(before, after) && isMadeAlike(before, after)
  if (before.kind !== after.kind || !(after.kind === 'Ingress' || isOwnKind(after.kind))) return false
  return question(before) === question(after)
}

/** Nobody can change these of a Pod, but one of the same name may come without the end of the first being heard. */
function isMadeAlike(before: Pod, after: Pod): boolean {
  if (revisionOf(before) !== revisionOf(after)) return false
  return before.spec === after.spec || JSON.stringify(before.spec) === JSON.stringify(after.spec)
}

/** That it is not ready any more is for the slices to say. */
function isReadyAsBefore(before: Pod, after: Pod): boolean {
  const since = readySince(after)
  return since === undefined || since === readySince(before)
}

function question(object: KubernetesObject): string {
  return JSON.stringify({ ...object, status: undefined }, (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  )
}
