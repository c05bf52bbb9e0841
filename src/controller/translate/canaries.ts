/**
 * Which CanaryPolicy holds for which route. Policies name a Service and, where they do not mean all of its routes, rules
 * of Ingresses that lead there; of two that mean the same route the older has it and the other is told.
 */
import { PRIMARY } from '../../model/canary.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import type { CanaryPolicy, CanaryValues, RuleValue } from '../api/canary-policy.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { byAge } from './age.ts'
import { tellMissing } from './attachments.ts'
import { canaryName, canarySpec, isSound, warnOfClaims } from './canary-spec.ts'
import { parsePath } from './paths.ts'
import type { Report } from './report.ts'
import { reportOutcome, rolloutFact } from './rollout-fact.ts'
import type { Standings } from './standings.ts'
import type { View } from './view.ts'

const NONE: readonly never[] = []

/** A route, as rules name it. */
export interface RouteName {
  readonly ingress: string
  readonly host: string
  /** As it is matched. */
  readonly path: string
}

/** A policy that means a route. */
export interface CanaryHit {
  readonly policy: CanaryPolicy
  /** Those of its rules that do; absent where it means all routes. */
  readonly rules: readonly number[] | undefined
  /** The route is its own: no older policy means it as well. */
  readonly holds: boolean
}

export class Canaries {
  /** All of them. */
  readonly judged: readonly CanaryPolicy[]
  /** By `namespace/service`, the older first; only such as can be used. */
  readonly #ofService: ReadonlyMap<string, readonly CanaryPolicy[]>

  constructor(policies: readonly CanaryPolicy[], standings: Pick<Standings, 'service'>, report: Report) {
    this.judged = policies.toSorted(byAge)
    const sound = this.judged.filter((policy) => {
      warnOfClaims(policy, report)
      const { namespace } = policy.metadata
      const target = policy.spec.values.targetRefs?.[0]
      const isThere = target === undefined || standings.service(namespace, target.name) === 'ours'
      if (!isThere) tellMissing(policy, 0, report)
      return isSound(policy, report) && isThere
    })
    this.#ofService = Map.groupBy(sound, ({ metadata, spec }) => {
      return `${metadata.namespace}/${spec.values.targetRefs![0]!.name}`
    })
  }

  /** @param service `namespace/service`. */
  of(service: string): readonly CanaryPolicy[] {
    return this.#ofService.size === 0 ? NONE : (this.#ofService.get(service) ?? NONE)
  }

  /** Those of a Service that mean a route, the one that has it first. */
  hits(service: string, route: RouteName): readonly CanaryHit[] {
    const found = this.of(service).flatMap((policy) => {
      const rules = policy.spec.values.rules?.flatMap((rule, i) => (means(rule, route) ? [i] : []))
      return rules?.length === 0 ? [] : [{ policy, rules }]
    })
    return found.map((hit, i) => ({ ...hit, holds: i === 0 }))
  }

  /** The resources of all that a route goes by; tells how rollouts ended. */
  entries(hits: readonly CanaryHit[], view: Pick<View, 'rollout'>, report: Report): readonly Entry[] {
    const used = new Set(hits.filter(({ holds }) => holds).map(({ policy }) => policy))
    return [...used].map((policy) => {
      const name = canaryName(policy)
      const rollout = rolloutFact(policy, view.rollout(name))
      if (rollout?.outcome !== undefined) reportOutcome(policy, rollout.outcome, report)
      return entryOf('canary', name, canarySpec(policy.spec.values as CanaryValues, rollout?.weight))
    })
  }

  /** Tells of policies and rules that no route is meant by. */
  reportIdle(all: readonly CanaryHit[], report: Report): void {
    if (this.#ofService.size === 0) return
    const hits = Map.groupBy(all, ({ policy }) => policy)
    for (const policy of [...this.#ofService.values()].flat()) {
      const own = hits.get(policy) ?? NONE
      const { rules = [], targetRefs } = policy.spec.values
      if (rules.length === 0 && own.length === 0) {
        const message = `no Ingress that is served leads to Service ${targetRefs![0]!.name}, the ${PRIMARY}`
        report.warning(originOf(policy, 'spec.targetRefs[0]'), 'NoRoute', message)
      }
      for (const i of rules.keys()) {
        if (own.some((hit) => hit.rules?.includes(i))) continue
        const message = `no rule of an Ingress that is served is this one and leads to Service ${targetRefs![0]!.name}`
        report.warning(originOf(policy, `spec.rules[${i}]`), 'NoRoute', message)
      }
    }
  }
}

function means({ ingress, host, path }: RuleValue, route: RouteName): boolean {
  if ((ingress ?? route.ingress) !== route.ingress || (host ?? route.host) !== route.host) return false
  if (path === undefined || path === route.path) return true
  const parsed = parsePath(path, 'Prefix')
  return 'match' in parsed && parsed.match.value === route.path
}
