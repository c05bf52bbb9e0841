/** Virtual host as asked for → routes that live. Never throws for data: what is odd answers 5xx. */
import type { ActionSpec, RouteSpec, VirtualHostSpec } from '../../model/route.ts'
import { FAULTS } from '../faults.ts'
import { buildFilter, type FilterDeps } from '../filters/registry.ts'
import { type ForwardHost, Forwarding } from '../forward.ts'
import type { EndpointSource, Route, RouteCounters, RouteLabels } from '../types.ts'
import { PathTree } from './path-tree.ts'

export type Act = Route['act']

export interface CompileDeps extends ForwardHost, FilterDeps {
  clusters(action: Extract<ActionSpec, { kind: 'forward' }>): EndpointSource
  counters(id: string, labels: RouteLabels): RouteCounters
}

/** @param acts what was compiled before, by its specification: equal routes share it. */
export function compileHost(spec: VirtualHostSpec, deps: CompileDeps, acts: Map<string, Act>): PathTree<Route> {
  const tree = new PathTree<Route>()
  for (const route of spec.routes) {
    const key = JSON.stringify(route.action)
    const act = acts.get(key) ?? compileAction(route.action, deps)
    acts.set(key, act)
    tree.add(route.match.path, compileRoute(route, spec.host, act, deps))
  }
  return tree
}

/** One for all routes without filters: with thousands of routes the next one is not in the cache. */
const NONE: readonly never[] = []

function compileRoute(spec: RouteSpec, host: string, act: Act, deps: CompileDeps): Route {
  const filters = spec.filters.map((filter) => buildFilter(filter, deps))
  const labels = labelsOf(spec, host)
  return {
    id: spec.id,
    origin: spec.origin,
    labels,
    counters: deps.counters(spec.id, labels),
    requestFilters: filters.length === 0 ? NONE : filters.flatMap(({ onRequest }) => onRequest ?? []),
    responseFilters: filters.length === 0 ? NONE : filters.flatMap(({ onResponse }) => onResponse ?? []),
    act,
  }
}

function compileAction(action: ActionSpec, deps: CompileDeps): Act {
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
  const plan = { endpoints: deps.clusters(action), timeouts: action.timeouts, retry: action.retry }
  return (exchange) => new Forwarding(exchange, plan, deps).start()
}

function labelsOf({ origin, action, match }: RouteSpec, host: string): RouteLabels {
  const cluster = action.kind === 'forward' ? (action.clusters[0]?.name ?? '') : ''
  const service = cluster.slice(cluster.indexOf('/') + 1, cluster.lastIndexOf(':'))
  return { namespace: origin.namespace, ingress: origin.name, service, host, path: match.path.value }
}
