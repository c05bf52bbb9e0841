/** Virtual host as asked for → routes that live. Never throws for data: what is odd answers 5xx. */
import { type ActionSpec, DEFAULT_RETRY, type RouteSpec, type VirtualHostSpec } from '../../model/route.ts'
import { FAULTS } from '../faults.ts'
import { buildFilter, type FilterDeps } from '../filters/registry.ts'
import { Forwarding } from '../forward.ts'
import type { ForwardHost } from '../forward-plan.ts'
import { TOLERANCE } from '../resilience/overload.ts'
import type { ClusterChoice, Route, RouteLabels } from '../types.ts'
import { type CanaryDeps, canaryRoute, serviceOf } from './canary-route.ts'
import { PathTree } from './path-tree.ts'

/** What a route does, apart from where it is and how it is counted. */
export type Doing = Pick<Route, 'act' | 'requestFilters' | 'responseFilters'>

export interface CompileDeps extends ForwardHost, FilterDeps, CanaryDeps {
  clusters(action: ForwardSpec): ClusterChoice
}

/** @param doings what was compiled before, by its specification: equal routes share it. */
export function compileHost(spec: VirtualHostSpec, deps: CompileDeps, doings: Map<string, Doing>): PathTree<Route> {
  const tree = new PathTree<Route>()
  for (const route of spec.routes) {
    const key = JSON.stringify([route.action, route.filters])
    const doing = doings.getOrInsertComputed(key, () => compileDoing(route, deps))
    const labels = labelsOf(route, spec.host)
    const { id, origin, priority = 'normal' } = route
    const tolerance = TOLERANCE[priority]
    const plain: Route = { id, origin, labels, priority, tolerance, counters: deps.counters(id, labels), ...doing }
    tree.add(route.match.path, withVariants(plain, route.action, deps))
  }
  return tree
}

/** Routes without a canary stay as they are. */
function withVariants(route: Route, action: ActionSpec, deps: CompileDeps): Route {
  if (action.kind !== 'forward' || action.canary === undefined) return route
  const actOf = (cluster: ClusterChoice) => forwarding(action, cluster, deps)
  const shadowOf = (cluster: ClusterChoice) => forwarding({ ...action, ...copied(action) }, cluster, deps)
  return canaryRoute(route, action.canary, { ...deps, actOf, shadowOf })
}

/** Longest time for a copy, whose answer nobody waits for: one that streams without an end has to end. */
const COPY_MS = 30_000

/** A copy is sent once. */
function copied({ timeouts }: ForwardSpec): Pick<ForwardSpec, 'timeouts' | 'retry'> {
  const requestMs = timeouts.requestMs === 0 ? COPY_MS : Math.min(timeouts.requestMs, COPY_MS)
  return { timeouts: { ...timeouts, requestMs }, retry: { attempts: 0 } }
}

/** One for all routes without filters: with thousands of routes the next one is not in the cache. */
const NONE: readonly never[] = []

function compileDoing({ action, filters: specs }: RouteSpec, deps: CompileDeps): Doing {
  const filters = specs.map((filter) => buildFilter(filter, deps))
  return {
    requestFilters: filters.length === 0 ? NONE : filters.flatMap(({ onRequest }) => onRequest ?? []),
    responseFilters: filters.length === 0 ? NONE : filters.flatMap(({ onResponse }) => onResponse ?? []),
    act: compileAction(action, deps),
  }
}

function compileAction(action: ActionSpec, deps: CompileDeps): Route['act'] {
  if (action.kind === 'reply') {
    const { status } = action
    return (exchange) => {
      exchange.fault = 'route-broken'
      exchange.status = status
      exchange.downstream.reply({
        status,
        fault: status === FAULTS['route-broken'].status ? 'route-broken' : undefined,
      })
    }
  }
  return forwarding(action, deps.clusters(action), deps)
}

type ForwardSpec = Extract<ActionSpec, { kind: 'forward' }>

function forwarding({ timeouts, retry }: ForwardSpec, clusters: ClusterChoice, host: ForwardHost): Route['act'] {
  const plan = { clusters, timeouts, retry: { ...DEFAULT_RETRY, ...retry } }
  return (exchange) => new Forwarding(exchange, plan, host).start()
}

function labelsOf({ origin, action, match }: RouteSpec, host: string): RouteLabels {
  const cluster = action.kind === 'forward' ? (action.clusters[0]?.name ?? '') : ''
  const { namespace, name: ingress } = origin
  return { namespace, ingress, service: serviceOf(cluster), host, path: match.path.value, variant: '' }
}
