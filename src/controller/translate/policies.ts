/**
 * What holds for the routes of an Ingress and for the cluster behind a Service, and why. From weak to strong: the
 * defaults of the class, the BackendPolicy of the Service, the RoutePolicy of the Ingress, its annotations. What is
 * said of the route is closer to what its author wants than what is said of whoever serves it.
 */
import { leavesOf } from '../../lib/schema.ts'
import type { RouteSpec } from '../../model/route.ts'
import type { Explanation } from '../../model/value.ts'
import {
  type AffinityValues,
  BACKEND_POLICY_SPEC,
  type BackendPolicy,
  CLUSTER_OPTIONS,
  type ClusterValues,
} from '../api/backend-policy.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { isBackendPolicy, isCanaryPolicy, isRoutePolicy, isUnserved, type Policy } from '../api/kubernetes/kinds.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { LinkValues } from '../api/link-options.ts'
import type { TargetRef } from '../api/policy/target-ref.ts'
import { INGRESS_OPTIONS, ROUTE_POLICY_SPEC, type RoutePolicy, type RouteValues } from '../api/route-policy.ts'
import { annotationLayer } from './annotations.ts'
import { type Attachable, type Attached, attach, type Standing } from './attachments.ts'
import { Canaries } from './canaries.ts'
import type { Served } from './classes.ts'
import type { Configs } from './configs.ts'
import { reportFaults } from './faults.ts'
import { below, type Effective, explain, type Layer, overlay } from './layers.ts'
import { Limits } from './limits.ts'
import type { Report } from './report.ts'
import { RouteRules } from './route-rules.ts'
import type { View } from './view.ts'

const ROUTE_LEAVES = leavesOf(INGRESS_OPTIONS)
const CLUSTER_LEAVES = leavesOf(CLUSTER_OPTIONS)
/** Where the values of clusters are among those of a SluiceConfig. */
const CLUSTER_DEFAULTS = 'backendDefaults.'

export interface PoliciesInit {
  readonly view: View
  readonly configs: Configs
  readonly served: readonly Served[]
  readonly isOurs: (className: string) => boolean
  readonly operatorNamespace: string | undefined
  readonly report: Report
}

export class Policies {
  /** Objects of our own group that are for us to judge. */
  readonly judged: readonly Policy[]
  readonly canaries: Canaries
  readonly limits: Limits
  readonly #configs: Configs
  readonly #routes: Attached<RoutePolicy>
  readonly #backends: Attached<BackendPolicy>
  readonly #rules: (readonly [Ingress, RouteRules])[] = []
  /** The same by `namespace/name`; made when somebody wants to know. */
  #ofIngress: ReadonlyMap<string, RouteRules> | undefined
  #clusterDefaults: Effective<ClusterValues> | undefined
  /** What holds before anything is said, by class, as text. */
  readonly #defaults = new Map<string, string>()

  constructor(init: PoliciesInit) {
    const { view, configs, served, report } = init
    this.limits = new Limits(init)
    this.#configs = configs
    const all = view.policies()
    const ours = new Set<Ingress>(served.map(({ ingress }) => ingress))
    const standing = (namespace: string, { name }: TargetRef): Standing => {
      const ingress = view.ingress(namespace, name)
      return ingress === undefined ? 'missing' : ours.has(ingress) ? 'ours' : 'foreign'
    }
    this.#routes = attach(all.filter(isRoutePolicy), { standing }, report)
    this.#backends = attach(
      all.filter(isBackendPolicy),
      { standing: (namespace, { name }) => (view.service(namespace, name) === undefined ? 'missing' : 'ours') },
      report,
    )
    this.canaries = new Canaries(all.filter(isCanaryPolicy), view, report)
    this.#warnOfHashes(report)
    this.#warnOfSlowStart(report)
    this.#warnOfHealthChecks(report)
    const unserved = all.filter(isUnserved)
    for (const each of this.#routes.judged) reportFaults(each, ROUTE_POLICY_SPEC, report)
    for (const each of this.#backends.judged) reportFaults(each, BACKEND_POLICY_SPEC, report)
    for (const each of unserved) {
      report.warning(originOf(each), 'PolicyNotServed', 'this kind is known and kept, but has no effect yet')
    }
    const attached = [...this.#routes.judged, ...this.#backends.judged, ...this.limits.judged, ...this.canaries.judged]
    this.judged = [...configs.inUse, ...attached, ...unserved]
  }

  /** What holds for the routes of an Ingress; tells what is wrong with what it says itself. */
  rulesFor({ ingress, className }: Served, report: Report): RouteRules {
    const policy = this.policyOf(ingress)
    const weak = this.#configs.routeDefaults(className)
    const rules = new RouteRules(weak, [policy && layerOf<RouteValues>(policy), annotationLayer(ingress, report)])
    rules.warnOfIdleTimeouts(report)
    return rules
  }

  /** These are the rules of an Ingress that is served. */
  keep(ingress: Ingress, rules: RouteRules): void {
    this.#rules.push([ingress, rules])
  }

  /** The one that names this Ingress. */
  policyOf(ingress: Ingress): RoutePolicy | undefined {
    return this.#routes.byTarget.get(keyOf(ingress))
  }

  /** What holds before anything is said, as text: the same text means the same. */
  defaultsOf({ className }: Served): string {
    return this.#defaults.getOrInsertComputed(className, (name) => JSON.stringify(this.#configs.routeDefaults(name)))
  }

  /** What holds for a Service, by `namespace/name`. */
  ofBackend(service: string): BackendPolicy | undefined {
    // Asked for every route: where there are no such policies, the name is not even looked at.
    return this.#backends.byTarget.size === 0 ? undefined : this.#backends.byTarget.get(service)
  }

  /** The values of a route that leads to this Service, by `namespace/name`. */
  toward(rules: RouteRules, service: string): Effective<RouteValues> {
    const policy = this.ofBackend(service)
    return rules.toward(policy && layerOf<RouteValues>(policy, 'timeouts.'))
  }

  /** What the policy of a Service says of its cluster. */
  saidOfCluster(service: string): Layer<ClusterValues> | undefined {
    const policy = this.ofBackend(service)
    return policy && layerOf<ClusterValues>(policy, ...Object.keys(CLUSTER_OPTIONS).map((name) => `${name}.`))
  }

  /** What the policy of a Service says of what is spoken with it. */
  link(service: string): Layer<LinkValues> | undefined {
    const policy = this.ofBackend(service)
    return policy && layerOf<LinkValues>(policy, 'protocol', 'tls.')
  }

  /** What the policy of a Service says of sessions; empty where there is none. */
  affinity(service: string): Partial<AffinityValues> {
    const policy = this.ofBackend(service)
    return policy === undefined ? {} : layerOf<AffinityValues>(policy, 'sessionAffinity.').values
  }

  /** What holds for the cluster of a Service, by `namespace/name`. */
  cluster(service: string): Effective<ClusterValues> {
    return overlay(this.#defaultsOfClusters(), this.saidOfCluster(service))
  }

  /** The values of a route and of the cluster it uses, each with its origin; for people. */
  explain({ origin, action }: RouteSpec): Explanation {
    const [cluster] = action.kind === 'forward' ? action.clusters : []
    const service = cluster?.name.replace(/:[^:]*$/, '')
    this.#ofIngress ??= new Map(this.#rules.map(([ingress, each]) => [keyOf(ingress), each]))
    const rules = this.#ofIngress.get(`${origin.namespace}/${origin.name}`)
    if (rules === undefined || service === undefined) return {}
    return {
      ...explain(ROUTE_LEAVES, this.toward(rules, service)),
      ...explain(CLUSTER_LEAVES, this.cluster(service)),
    }
  }

  /** What is hashed is of no interest to an algorithm that hashes nothing. */
  #warnOfHashes(report: Report): void {
    for (const policy of this.#backends.judged) {
      const said = layerOf<ClusterValues>(policy, 'loadBalancing.')
      const at = said.origins['loadBalancing.hashOn']
      const { values } = overlay(this.#defaultsOfClusters(), said)
      const algorithm = values['loadBalancing.algorithm']
      if (at === undefined || algorithm === 'maglev') continue
      report.warning(at, 'HashWithoutEffect', `the algorithm is ${algorithm}, which hashes nothing; maglev does`)
    }
  }

  /** How something begins that is off is of no interest either. */
  #warnOfSlowStart(report: Report): void {
    for (const policy of this.#backends.judged) {
      const said = layerOf<ClusterValues>(policy, 'slowStart.')
      const at = said.origins['slowStart.aggression'] ?? said.origins['slowStart.minWeightPercent']
      if (at === undefined || overlay(this.#defaultsOfClusters(), said).values['slowStart.window'] > 0) continue
      report.warning(at, 'SlowStartOff', 'slow start is off as long as its window is 0; slowStart.window says how long')
    }
  }

  /** And how a check is made that nobody makes. */
  #warnOfHealthChecks(report: Report): void {
    for (const policy of this.#backends.judged) {
      const said = layerOf<ClusterValues>(policy, 'healthCheck.')
      const [at] = Object.values(said.origins)
      if (at === undefined || overlay(this.#defaultsOfClusters(), said).values['healthCheck.kind'] !== 'none') continue
      if (said.origins['healthCheck.kind'] !== undefined) continue
      report.warning(at, 'HealthCheckOff', 'nothing is checked as long as the kind is none; healthCheck.kind says what')
    }
  }

  #defaultsOfClusters(): Effective<ClusterValues> {
    this.#clusterDefaults ??= below<ClusterValues>(this.#configs.global, CLUSTER_DEFAULTS)
    return this.#clusterDefaults
  }
}

function keyOf({ metadata }: Ingress): string {
  return `${metadata.namespace}/${metadata.name}`
}

/** What a policy says, of the paths that begin so. */
function layerOf<V>(policy: Attachable, ...prefixes: readonly string[]): Layer<V> {
  const { targetRefs: _, ...said } = policy.spec.values
  const all: Readonly<Record<string, unknown>> = said
  const paths = Object.keys(all).filter((path) => prefixes.length === 0 || prefixes.some((p) => path.startsWith(p)))
  return {
    values: Object.fromEntries(paths.map((path) => [path, all[path]])) as Partial<V>,
    origins: Object.fromEntries(paths.map((path) => [path, originOf(policy, `spec.${path}`)])) as Layer<V>['origins'],
  }
}
