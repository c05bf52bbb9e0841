/**
 * A route some of whose requests go to variants. Each variant is a route of its own, with its own cluster, counters and
 * labels; which one serves a request is decided once, before its first attempt, so that all attempts are of one variant.
 */
import type { CanaryUse } from '../../model/canary.ts'
import { PRIMARY } from '../../model/canary.ts'
import type { ClusterName } from '../../model/cluster.ts'
import type { LiveCanary } from '../canary/live-canary.ts'
import type { VariantRecord } from '../canary/variant-record.ts'
import type { Exchange } from '../exchange.ts'
import type { Route, RouteCounters, RouteLabels, VariantSource } from '../types.ts'

export interface CanaryDeps {
  canary(name: string): LiveCanary
  cluster(name: ClusterName): VariantSource
  /** @param record told of every exchange of the route. */
  counters(id: string, labels: RouteLabels, record?: VariantRecord): RouteCounters
}

/** How the endpoints of a variant are asked, with all else as the route has it. */
export type ActOf = (endpoints: VariantSource) => Route['act']

/** What series of a variant of a route are kept under. */
export function variantId(route: string, variant: string): string {
  return `${route}#${variant}`
}

interface Variant {
  readonly route: Route
  readonly endpoints: VariantSource
}

/** @param route as it is without variants. */
export function canaryRoute(
  route: Route,
  use: CanaryUse,
  { actOf, shadowOf, ...deps }: CanaryDeps & { readonly actOf: ActOf; readonly shadowOf: ActOf },
): Route {
  const canary = deps.canary(use.canary)
  const responseFilters = [...route.responseFilters, setCanaryCookie]
  const labelled = (name: string, id: string, labels: RouteLabels) => {
    const own = { ...labels, variant: name }
    return { ...route, labels: own, counters: deps.counters(id, own, canary.record(name)), responseFilters }
  }
  const primary: Route = labelled(PRIMARY, route.id, route.labels)
  const variants = new Map<string, Variant>()
  for (const { name, cluster } of use.variants) {
    const endpoints = deps.cluster(cluster)
    const labels = { ...route.labels, service: serviceOf(cluster) }
    const own = { ...labelled(name, variantId(route.id, name), labels), act: actOf(endpoints) }
    variants.set(name, { route: own, endpoints })
  }
  const shadow = use.mirror && {
    ...route,
    counters: UNCOUNTED,
    responseFilters: [],
    act: shadowOf(deps.cluster(use.mirror)),
  }
  const act = (exchange: Exchange): void => {
    const variant = variants.get(canary.choose(exchange))
    // Nobody is there: what a client asks for is more than which variant it belongs to.
    const chosen = variant === undefined || variant.endpoints.isEmpty ? primary : variant.route
    const copy = shadow && canary.mirror.take(exchange, shadow)
    exchange.route = chosen
    chosen.act(exchange)
    copy?.()
  }
  return { ...primary, act }
}

/** What becomes of copies says nothing of the route; they are counted elsewhere. */
const UNCOUNTED: RouteCounters = { fault: () => {}, retried: () => {}, retryDenied: () => {} }

/** The client keeps its place among the variants. */
function setCanaryCookie({ canaryCookie, responseHeaders }: Exchange): void {
  if (canaryCookie !== '') responseHeaders?.add('Set-Cookie', canaryCookie)
}

/** The Service of `namespace/service:port`. */
export function serviceOf(cluster: string): string {
  return cluster.slice(cluster.indexOf('/') + 1, cluster.lastIndexOf(':'))
}
