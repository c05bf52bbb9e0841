/**
 * What holds for the routes of an Ingress and for the cluster behind a Service, and why. From weak to strong: the
 * defaults of the class, the BackendPolicy of the Service, the RoutePolicy of the Ingress, its annotations. What is
 * said of the route is closer to what its author wants than what is said of whoever serves it.
 */
import { leavesOf } from '../../lib/schema.ts'
import type { Origin, RouteSpec } from '../../model/route.ts'
import type { Explanation } from '../../model/value.ts'
import {
  AFFINITY_OPTIONS,
  type AffinityValues,
  BACKEND_POLICY_SPEC,
  type BackendPolicy,
  type BackendValues,
  CLUSTER_OPTIONS,
  type ClusterValues,
  DEFAULT_AFFINITY,
} from '../api/backend-policy.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { isBackendPolicy, isCanaryPolicy, isRoutePolicy, isUnserved, type Policy } from '../api/kubernetes/kinds.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Service } from '../api/kubernetes/service.ts'
import { LINK_OPTIONS, type LinkValues } from '../api/link-options.ts'
import type { TargetRef } from '../api/policy/target-ref.ts'
import { INGRESS_OPTIONS, ROUTE_POLICY_SPEC, type RoutePolicy, type RouteValues } from '../api/route-policy.ts'
import { type Annotated, annotationLayer, serviceLayer } from './annotations.ts'
import { type Attachable, type Attached, attach } from './attachments.ts'
import { Canaries } from './canaries.ts'
import type { Served } from './classes.ts'
import type { Configs } from './configs.ts'
import { reportFaults } from './faults.ts'
import { warnOfIdleOptions } from './idle-options.ts'
import { below, type Effective, explain, joined, type Layer, overlay, partOf } from './layers.ts'
import { Limits } from './limits.ts'
import { type TranslateOptions, unsaid } from './options.ts'
import type { Report } from './report.ts'
import { RouteRules } from './route-rules.ts'
import type { Standings } from './standings.ts'
import type { View } from './view.ts'

const ROUTE_LEAVES = leavesOf(INGRESS_OPTIONS)
const CLUSTER_LEAVES = leavesOf(CLUSTER_OPTIONS)
/** Where the values of clusters are among those of a SluiceConfig. */
const CLUSTER_DEFAULTS = 'backendDefaults.'
const CLUSTER_PREFIXES = Object.keys(CLUSTER_OPTIONS).map((name) => `${name}.`)
const LINK_PREFIXES = ['protocol', 'tls.', 'proxyProtocol'] as const
const AFFINITY_PREFIX = 'sessionAffinity.'
/** What only makes sense for a single Service. */
const SERVICE_LEAVES = leavesOf({ ...AFFINITY_OPTIONS, ...LINK_OPTIONS })
const AFFINITY_DEFAULTS: Effective<Partial<AffinityValues & LinkValues>> = {
  values: DEFAULT_AFFINITY,
  origins: unsaid<Partial<AffinityValues & LinkValues>>(DEFAULT_AFFINITY),
}

export interface PoliciesInit {
  readonly view: View
  readonly configs: Configs
  readonly standings: Standings
  /** Whether Ingresses of a class are ours. */
  readonly isOurs: (className: string) => boolean
  readonly options: Pick<TranslateOptions, 'operatorNamespace' | 'hasPeers'>
  readonly report: Report
}

export class Policies {
  /** Objects of our own group that are for us to judge. */
  readonly judged: readonly Policy[]
  readonly canaries: Canaries
  readonly limits: Limits
  readonly #configs: Configs
  readonly #view: View
  /** What Services say, as far as somebody asked. */
  readonly #annotated = new WeakMap<Service, Annotated<BackendValues> | undefined>()
  readonly #routes: Attached<RoutePolicy>
  readonly #backends: Attached<BackendPolicy>
  #clusterDefaults: Effective<ClusterValues> | undefined
  /** What holds before anything is said, by class, as text. */
  readonly #defaults = new Map<string, string>()

  constructor(init: PoliciesInit) {
    const { view, configs, standings, report, options } = init
    const store = configs.global.values['limitStore.addresses']
    this.limits = new Limits({ ...init, isShared: options.hasPeers || store.length > 0 })
    this.#configs = configs
    this.#view = view
    const all = view.policies()
    const ofIngress = (namespace: string, { name }: TargetRef) => standings.ingress(namespace, name)
    const ofService = (namespace: string, { name }: TargetRef) => standings.service(namespace, name)
    this.#routes = attach(all.filter(isRoutePolicy), { standing: ofIngress }, report)
    this.#backends = attach(all.filter(isBackendPolicy), { standing: ofService }, report)
    this.canaries = new Canaries(all.filter(isCanaryPolicy), standings, report)
    this.#warnOfIdleOptions(report)
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
    rules.warnOfIdleOptions(report)
    return rules
  }

  /** All that is said of an Ingress and of the Services it leads to, by `namespace/name`, in a fixed order. */
  attachedTo(served: Served, services: readonly string[]): readonly (Policy | undefined)[] {
    const ofServices = services.flatMap((service) => [this.ofBackend(service), ...this.canaries.of(service)])
    return [this.policyOf(served.ingress), ...this.limits.concerning(served, services), ...ofServices]
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
    return rules.toward(this.#saidOf<RouteValues>(service, 'timeouts.'))
  }

  /** What policy and annotations of a Service say of its cluster. */
  saidOfCluster(service: string): Layer<ClusterValues> | undefined {
    return this.#saidOf(service, ...CLUSTER_PREFIXES)
  }

  /** What they say of what is spoken with it. */
  link(service: string): Layer<LinkValues> | undefined {
    return this.#saidOf(service, ...LINK_PREFIXES)
  }

  /** What they fail to say, of the paths that match: the first of it. */
  faultOf(service: string, paths: RegExp): Origin | undefined {
    const policy = this.ofBackend(service)
    const fault = policy?.spec.faults.find(({ field }) => paths.test(field.replace(/^spec\./, '')))
    if (policy !== undefined && fault !== undefined) return originOf(policy, fault.field)
    const faults = this.#annotationsOf(service)?.faults ?? []
    return [...faults].find(([path]) => paths.test(path))?.[1]
  }

  /** Tells what is wrong with the annotations of a Service that routes lead to. */
  reportService(service: string, report: Report): void {
    const said = this.#annotationsOf(service)
    if (said === undefined) return
    report.add(said.report)
    warnOfIdleOptions(partOf(said, CLUSTER_PREFIXES), this.cluster(service).values, report)
  }

  /** What they say of sessions; empty where there is none. */
  affinity(service: string): Partial<AffinityValues> {
    return this.#saidOf<AffinityValues>(service, AFFINITY_PREFIX)?.values ?? {}
  }

  /** What holds for the cluster of a Service, by `namespace/name`. */
  cluster(service: string): Effective<ClusterValues> {
    return overlay(this.#defaultsOfClusters(), this.saidOfCluster(service))
  }

  /** The values of a route of an Ingress with these rules and of the cluster it uses, each with its origin; for people. */
  explain({ action }: RouteSpec, rules: RouteRules): Explanation {
    const [cluster] = action.kind === 'forward' ? action.clusters : []
    const service = cluster?.name.replace(/:[^:]*$/, '')
    if (service === undefined) return {}
    return {
      ...explain(ROUTE_LEAVES, this.toward(rules, service)),
      ...explain(CLUSTER_LEAVES, this.cluster(service)),
      ...explain(SERVICE_LEAVES, overlay(AFFINITY_DEFAULTS, this.#saidOf(service, AFFINITY_PREFIX, ...LINK_PREFIXES))),
    }
  }

  /** Of what policies say, and each by itself. */
  #warnOfIdleOptions(report: Report): void {
    for (const policy of this.#backends.judged) {
      const said = layerOf<ClusterValues>(policy, ...CLUSTER_PREFIXES)
      warnOfIdleOptions(said, overlay(this.#defaultsOfClusters(), said).values, report)
    }
  }

  /** What is said of a Service, of the paths that begin so: by its policy, and by its annotations, which are stronger. */
  #saidOf<V extends object>(service: string, ...prefixes: readonly string[]): Layer<V> | undefined {
    const policy = this.ofBackend(service)
    const annotated = this.#annotationsOf(service)
    const weak = policy && layerOf<V>(policy, ...prefixes)
    return annotated === undefined ? weak : joined(weak, partOf<V>(annotated, prefixes))
  }

  /** Asked for every route and cluster: nearly all Services have none of ours. */
  #annotationsOf(service: string): Annotated<BackendValues> | undefined {
    const [namespace = '', name = ''] = service.split('/')
    const object = this.#view.service(namespace, name)
    return object && this.#annotated.getOrInsertComputed(object, serviceLayer)
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
