/**
 * Which RateLimitPolicies hold for a route. They add up: the operator's for the class, those for the Ingress, for its
 * rule and for the Service all have to have room, since no limit is there to lift another.
 */
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { isRateLimitPolicy } from '../api/kubernetes/kinds.ts'
import type { RuleTargetRef } from '../api/policy/target-ref.ts'
import { RATE_LIMIT_POLICY_SPEC, type RateLimitPolicy } from '../api/rate-limit-policy.ts'
import { type Attached, attach, type Standing } from './attachments.ts'
import type { Served } from './classes.ts'
import { reportFaults } from './faults.ts'
import type { TranslateOptions } from './options.ts'
import { reportAlone, reportTwins, warnOfClaims } from './rate-limits.ts'
import type { Report } from './report.ts'
import type { Standings } from './standings.ts'
import type { View } from './view.ts'

export interface LimitsInit {
  readonly view: View
  readonly standings: Pick<Standings, 'ingress' | 'service'>
  /** Whether Ingresses of a class are ours. */
  readonly isOurs: (className: string) => boolean
  readonly options: Pick<TranslateOptions, 'operatorNamespace'>
  /** Whether replicas can hold a limit together. */
  readonly isShared: boolean
  readonly report: Report
}

/** Where a route is, as its rule was written, and where it leads. */
export interface RoutePlace {
  readonly host?: string | undefined
  readonly path?: string | undefined
  /** `namespace/name` of a Service. */
  readonly service?: string | undefined
}

const NONE: readonly RateLimitPolicy[] = []

export class Limits {
  readonly #attached: Attached<RateLimitPolicy>
  /** Objects that a policy names, themselves or a part of them. */
  readonly #named: ReadonlySet<string>

  constructor(init: LimitsInit) {
    const { view, report } = init
    const policies = view.policies().filter(isRateLimitPolicy)
    this.#attached = attach(policies, { standing: standingOf(init), keyOf }, report)
    this.#named = new Set([...this.#attached.byTarget.keys()].map((key) => key.split(' ', 1)[0]!))
    for (const each of this.judged) {
      reportFaults(each, RATE_LIMIT_POLICY_SPEC, report)
      reportTwins(each, report)
      warnOfClaims(each, report)
      if (!init.isShared) reportAlone(each, report)
    }
  }

  /** Those that are for us to judge. */
  get judged(): readonly RateLimitPolicy[] {
    return this.#attached.judged
  }

  /** Those that somebody asks. */
  get asked(): readonly RateLimitPolicy[] {
    return [...new Set(this.#attached.byTarget.values())]
  }

  /** What holds for a route of an Ingress: of the class first, of the Service last. */
  ofRoute({ ingress, className }: Served, { host, path, service }: RoutePlace): readonly RateLimitPolicy[] {
    const { byTarget } = this.#attached
    if (byTarget.size === 0) return NONE
    const { namespace, name } = ingress.metadata
    const rule = (part: Pick<RoutePlace, 'host' | 'path'>) => keyOf(namespace, { kind: 'Ingress', name, ...part })
    const keys = new Set([
      keyOf(namespace, { kind: 'IngressClass', name: className }),
      rule({}),
      rule({ host }),
      rule({ path }),
      rule({ host, path }),
      ...(service === undefined ? [] : [`Service/${service}`]),
    ])
    return [...keys].flatMap((key) => byTarget.get(key) ?? [])
  }

  /** Everything that may hold for some route of an Ingress that leads to one of these Services. */
  concerning(served: Served, services: readonly string[]): readonly RateLimitPolicy[] {
    const { name, namespace } = served.ingress.metadata
    const objects = [
      `Ingress/${namespace}/${name}`,
      `IngressClass/${served.className}`,
      ...services.map((each) => `Service/${each}`),
    ]
    // Asked of every Ingress each time: most have none.
    if (this.#named.size === 0 || !objects.some((object) => this.#named.has(object))) return NONE
    const paths = served.ingress.spec.rules.flatMap(({ host, http }) => {
      return [{ host, path: undefined }, ...(http?.paths ?? []).map(({ path }) => ({ host, path }))]
    })
    const places: RoutePlace[] = [{}, ...paths, ...services.map((service) => ({ service }))]
    return [...new Set(places.flatMap((place) => this.ofRoute(served, place)))]
  }
}

function standingOf({ standings, isOurs, options }: LimitsInit) {
  return (namespace: string, target: RuleTargetRef): Standing => {
    if (target.kind === 'Service') return standings.service(namespace, target.name)
    if (target.kind === 'IngressClass') {
      if (!isOurs(target.name)) return 'foreign'
      return (options.operatorNamespace ?? namespace) === namespace ? 'ours' : 'forbidden'
    }
    return standings.ingress(namespace, target.name, (ingress) => hasRule(ingress, target))
  }
}

function hasRule({ spec }: Ingress, { host, path }: RuleTargetRef): boolean {
  const rules = host === undefined ? spec.rules : spec.rules.filter((rule) => rule.host === host)
  if (path === undefined) return host === undefined || rules.length > 0
  return rules.some(({ http }) => http?.paths.some((each) => each.path === path))
}

/** Classes have no namespace, and their names no others beside them. */
function keyOf(
  namespace: string,
  { kind, name, host, path }: Pick<RuleTargetRef, 'kind' | 'name'> & RoutePlace,
): string {
  const object = kind === 'IngressClass' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`
  return host === undefined && path === undefined ? object : `${object} ${host ?? ''} ${path ?? ''}`
}
