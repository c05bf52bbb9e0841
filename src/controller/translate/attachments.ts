/**
 * Which policy holds for which object. Policies name their targets, in their own namespace; of two that name the same
 * one the older holds and the other is told.
 */
import { plainKind } from '../api/kubernetes/kinds.ts'
import { type Identified, originOf } from '../api/kubernetes/metadata.ts'
import type { Declared } from '../api/policy/declared.ts'
import type { RuleTargetRef, TargetRef } from '../api/policy/target-ref.ts'
import { byAge } from './age.ts'
import type { Report } from './report.ts'

export interface Attachable extends Identified {
  readonly spec: Declared<{ readonly targetRefs: readonly TargetRef[] }>
}

/**
 * `ours`: a policy matters for it. `foreign`: another controller serves it, and its policies are not our business.
 * `forbidden`: it is not for policies of this namespace.
 */
export type Standing = 'ours' | 'foreign' | 'missing' | 'forbidden'

export interface Attached<P> {
  /** By `namespace/name` of the target, or what `keyOf` makes of it. */
  readonly byTarget: ReadonlyMap<string, P>
  /** Policies that are for us to judge: all but those whose targets are all somebody else's. */
  readonly judged: readonly P[]
}

type TargetOf<P extends Attachable> = NonNullable<P['spec']['values']['targetRefs']>[number]

export interface Targets<T> {
  /** @param namespace that of the policy. */
  readonly standing: (namespace: string, target: T) => Standing
  /** What tells targets apart; their namespace and name where it is left out. */
  readonly keyOf?: (namespace: string, target: T) => string
}

export function attach<P extends Attachable>(
  policies: readonly P[],
  { standing, keyOf = (namespace, { name }) => `${namespace}/${name}` }: Targets<TargetOf<P>>,
  report: Report,
): Attached<P> {
  const byTarget = new Map<string, P>()
  const judged = policies.toSorted(byAge).filter((policy) => {
    const { namespace } = policy.metadata
    const targets: readonly TargetOf<P>[] = policy.spec.values.targetRefs ?? []
    const standings = targets.map((target) => standing(namespace, target))
    if (targets.length > 0 && standings.every((each) => each === 'foreign')) return false
    for (const [i, target] of targets.entries()) {
      if (standings[i] === 'missing') tellMissing(policy, i, report)
      if (standings[i] === 'forbidden') tellForbidden(policy, i, report)
      if (standings[i] !== 'ours') continue
      const key = keyOf(namespace, target)
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
  const message = `there is no ${calledTarget(policy, index)}`
  report.error(originOf(policy, `spec.targetRefs[${index}].name`), 'TargetNotFound', message)
}

function tellForbidden(policy: Attachable, index: number, report: Report): void {
  const message = `${calledTarget(policy, index)} is for policies in the namespace of the controller alone; this target is left out`
  report.error(originOf(policy, `spec.targetRefs[${index}]`), 'TargetNotAllowed', message)
}

function tellConflict(
  policy: Attachable,
  index: number,
  { holder, report }: { readonly holder: Attachable; readonly report: Report },
): void {
  const why =
    holder === policy
      ? 'is named here already'
      : `belongs to ${plainKind(holder.kind)} ${holder.metadata.namespace}/${holder.metadata.name}, which comes first by age and name`
  const message = `${calledTarget(policy, index)} ${why}; this target is left out`
  report.error(originOf(policy, `spec.targetRefs[${index}]`), 'Conflicted', message)
}

/** `Ingress shop/web, host www.example.com`. */
function calledTarget({ metadata, spec }: Attachable, index: number): string {
  const { kind, name, host, path }: RuleTargetRef = spec.values.targetRefs![index]!
  const object = kind === 'IngressClass' ? `${kind} ${name}` : `${kind} ${metadata.namespace}/${name}`
  return `${object}${host === undefined ? '' : `, host ${host}`}${path === undefined ? '' : `, path ${path}`}`
}
