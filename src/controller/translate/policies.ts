/**
 * What holds for the routes of an Ingress and for the connections to a Service, and why. From weak to strong: the
 * defaults of the class, the BackendPolicy of the Service, the RoutePolicy of the Ingress, its annotations. What is
 * said of the route is closer to what its author wants than what is said of whoever serves it.
 */
import type { RouteSpec } from '../../model/route.ts'
import type { Explanation } from '../../model/value.ts'
import {
  BACKEND_POLICY_SPEC,
  type BackendPolicy,
  CONNECTION_OPTIONS,
  type ConnectionValues,
} from '../api/backend-policy.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { isBackendPolicy, isRoutePolicy, isUnserved, type Policy } from '../api/kubernetes/kinds.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { ROUTE_OPTIONS, ROUTE_POLICY_SPEC, type RoutePolicy, type RouteValues } from '../api/route-policy.ts'
import { annotationLayer } from './annotations.ts'
import { type Attachable, type Attached, attach } from './attachments.ts'
import type { Served } from './classes.ts'
import type { Configs } from './configs.ts'
import { reportFaults } from './faults.ts'
import { below, explain, type Layer, overlay } from './layers.ts'
import type { Report } from './report.ts'
import { RouteRules } from './route-rules.ts'
import type { View } from './view.ts'

export interface PoliciesInit {
  readonly view: View
  readonly configs: Configs
  readonly served: readonly Served[]
  readonly report: Report
}

export class Policies {
  /** Objects of our own group that are for us to judge. */
  readonly judged: readonly Policy[]
  readonly #configs: Configs
  readonly #report: Report
  readonly #routes: Attached<RoutePolicy>
  readonly #backends: Attached<BackendPolicy>
  readonly #ofIngress = new Map<string, RouteRules>()

  constructor({ view, configs, served, report }: PoliciesInit) {
    this.#configs = configs
    this.#report = report
    const all = view.policies()
    const ours = new Set<Ingress>(served.map(({ ingress }) => ingress))
    this.#routes = attach(
      all.filter(isRoutePolicy),
      (namespace, name) => {
        const ingress = view.ingress(namespace, name)
        return ingress === undefined ? 'missing' : ours.has(ingress) ? 'ours' : 'foreign'
      },
      report,
    )
    this.#backends = attach(
      all.filter(isBackendPolicy),
      (namespace, name) => (view.service(namespace, name) === undefined ? 'missing' : 'ours'),
      report,
    )
    const unserved = all.filter(isUnserved)
    for (const each of this.#routes.judged) reportFaults(each, ROUTE_POLICY_SPEC, report)
    for (const each of this.#backends.judged) reportFaults(each, BACKEND_POLICY_SPEC, report)
    for (const each of unserved) {
      report.warning(originOf(each), 'PolicyNotServed', 'this kind is known and kept, but has no effect yet')
    }
    this.judged = [...configs.inUse, ...this.#routes.judged, ...this.#backends.judged, ...unserved]
  }

  /** What holds for the routes of an Ingress; asked once for each, since it tells what is wrong. */
  rulesFor({ ingress, className }: Served): RouteRules {
    const { namespace, name } = ingress.metadata
    const policy = this.#routes.byTarget.get(`${namespace}/${name}`)
    const weak = this.#configs.routeDefaults(className)
    const own = [policy && layerOf<RouteValues>(policy), annotationLayer(ingress, this.#report)]
    const rules = new RouteRules(weak, own, (key) => this.#backendLayer(key))
    rules.warnOfIdleTimeouts(this.#report)
    this.#ofIngress.set(`${namespace}/${name}`, rules)
    return rules
  }

  /** What holds for the connections to a Service: what is not the same as everywhere. */
  connections(namespace: string, service: string): Layer<ConnectionValues> | undefined {
    const policy = this.#backends.byTarget.get(`${namespace}/${service}`)
    return policy && layerOf<ConnectionValues>(policy, 'connections.')
  }

  /** The values of a route and of the connections it uses, each with its origin; for people. */
  explain({ origin, action }: RouteSpec): Explanation {
    const [cluster] = action.kind === 'forward' ? action.clusters : []
    const service = cluster?.name.replace(/:[^:]*$/, '')
    const rules = this.#ofIngress.get(`${origin.namespace}/${origin.name}`)
    if (rules === undefined || service === undefined) return {}
    const [namespace = '', name = ''] = service.split('/')
    const base = below<ConnectionValues>(this.#configs.global, 'backendDefaults.')
    return {
      ...explain(ROUTE_OPTIONS, rules.toward(service)),
      ...explain(CONNECTION_OPTIONS, overlay(base, this.connections(namespace, name))),
    }
  }

  #backendLayer(key: string): Layer<RouteValues> | undefined {
    const policy = this.#backends.byTarget.get(key)
    return policy && layerOf<RouteValues>(policy, 'timeouts.')
  }
}

/** What a policy says, of the paths below a prefix. */
function layerOf<V>(policy: Attachable, prefix = ''): Layer<V> {
  const { targetRefs: _, ...said } = policy.spec.values
  const all: Readonly<Record<string, unknown>> = said
  const paths = Object.keys(all).filter((path) => path.startsWith(prefix))
  return {
    values: Object.fromEntries(paths.map((path) => [path, all[path]])) as Partial<V>,
    origins: Object.fromEntries(paths.map((path) => [path, originOf(policy, `spec.${path}`)])) as Layer<V>['origins'],
  }
}
