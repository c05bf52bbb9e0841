/**
 * Which policy holds for which object. Policies name their targets, in their own namespace; of two that name the same
 * one the older holds and the other is told.
 */
import { plainKind } from '../api/kubernetes/kinds.ts'
import { type Identified, originOf } from '../api/kubernetes/metadata.ts'
import type { Declared } from '../api/policy/declared.ts'
import type { TargetRef } from '../api/policy/target-ref.ts'
import { byAge } from './age.ts'
import type { Report } from './report.ts'

export interface Attachable extends Identified {
  readonly spec: Declared<{ readonly targetRefs: readonly TargetRef[] }>
}

/** `ours`: a policy matters for it. `foreign`: another controller serves it, and its policies are not our business. */
export type Standing = 'ours' | 'foreign' | 'missing'

export interface Attached<P> {
  /** By `namespace/name` of the target. */
  readonly byTarget: ReadonlyMap<string, P>
  /** Policies that are for us to judge: all but those whose targets are all somebody else's. */
  readonly judged: readonly P[]
}

export function attach<P extends Attachable>(
  policies: readonly P[],
  standing: (namespace: string, name: string) => Standing,
  report: Report,
): Attached<P> {
  const byTarget = new Map<string, P>()
  const judged = policies.toSorted(byAge).filter((policy) => {
    const { namespace } = policy.metadata
    const targets = policy.spec.values.targetRefs ?? []
    const standings = targets.map(({ name }) => standing(namespace, name))
    if (targets.length > 0 && standings.every((each) => each === 'foreign')) return false
    for (const [i, target] of targets.entries()) {
      if (standings[i] === 'missing') tellMissing(policy, i, report)
      if (standings[i] !== 'ours') continue
      const key = `${namespace}/${target.name}`
      const holder = byTarget.get(key)
      if (holder === undefined) byTarget.set(key, policy)
      else tellConflict(policy, i, { holder, report })
    }
    return true
  })
  return { byTarget, judged }
}

/** A target does not exist. */
export function tellMissing(policy: Attachable, index: number, report: Report): void {
  const { kind, name } = policy.spec.values.targetRefs![index]!
  const message = `there is no ${kind} ${policy.metadata.namespace}/${name}`
  report.error(originOf(policy, `spec.targetRefs[${index}].name`), 'TargetNotFound', message)
}

function tellConflict(
  policy: Attachable,
  index: number,
  { holder, report }: { readonly holder: Attachable; readonly report: Report },
): void {
  const { kind, name } = policy.spec.values.targetRefs![index]!
  const called = `${kind} ${policy.metadata.namespace}/${name}`
  const why =
    holder === policy
      ? 'is named here already'
      : `belongs to ${plainKind(holder.kind)} ${holder.metadata.namespace}/${holder.metadata.name}, which comes first by age and name`
  const message = `${called} ${why}; this target is left out`
  report.error(originOf(policy, `spec.targetRefs[${index}]`), 'Conflicted', message)
}
