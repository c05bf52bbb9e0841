/**
 * The current snapshot for people: hosts → routes → clusters → endpoints, each with where it came from. Kinds are
 * named one by one, so that a kind that holds secrets is never shown because it was forgotten here.
 */
import type { CanaryUse } from '../model/canary.ts'
import { type ClusterName, type ClusterSpec, type EndpointSpec, endpointId } from '../model/cluster.ts'
import type { ActionSpec, RouteSpec, VirtualHostSpec } from '../model/route.ts'
import { parseKey, type ResourceKind, type Resources, resourceKey, type Snapshot } from '../model/snapshot.ts'
import type { Explanation } from '../model/value.ts'

/** Plain JSON; the order of keys is the order of reading. */
export function routesView(snapshot: Snapshot, explain: (route: RouteSpec) => Explanation): object {
  const hosts = all(snapshot, 'virtualHost').toSorted((a, b) => (a.host < b.host ? -1 : 1))
  return {
    hosts: Object.fromEntries(
      hosts.map(({ host, routes }) => [
        host,
        routes.map((route) => ({ ...routeView(route, snapshot), values: explain(route) })),
      ]),
    ),
    settings: one(snapshot, 'settings', 'global') ?? null,
  }
}

function routeView({ id, match, origin, filters, action }: RouteSpec, snapshot: Snapshot): object {
  return { path: match.path.value, match: match.path.kind, ...actionView(action, snapshot), filters, origin, id }
}

function actionView(action: ActionSpec, snapshot: Snapshot): object {
  if (action.kind !== 'forward') return { reply: { status: action.status, reason: action.reason } }
  const { clusters, canary, timeouts, retry } = action
  return {
    ...(canary === undefined ? {} : { canary: canaryView(canary, snapshot) }),
    clusters: clusters.map(({ name, weight }) => ({ name, weight, ...clusterView(name, snapshot) })),
    timeouts,
    retry,
  }
}

/** What decides, and where each variant leads. */
function canaryView({ canary: name, variants, mirror }: CanaryUse, snapshot: Snapshot): object {
  const leads = variants.map((each) => [each.name, { cluster: each.cluster, ...clusterView(each.cluster, snapshot) }])
  const shadow = mirror === undefined ? {} : { shadow: { cluster: mirror, ...clusterView(mirror, snapshot) } }
  return { name, ...one(snapshot, 'canary', name), leads: Object.fromEntries(leads), ...shadow }
}

function clusterView(name: ClusterName, snapshot: Snapshot): object {
  const spec: ClusterSpec | undefined = one(snapshot, 'cluster', name)
  if (spec === undefined) return { endpoints: [], note: 'there is no such cluster' }
  const endpoints = one(snapshot, 'endpoints', name) ?? []
  return { protocol: spec.protocol, balancer: spec.balancer.kind, endpoints: endpoints.map(endpointView) }
}

function endpointView({ address, port, ...rest }: EndpointSpec): object {
  return { endpoint: endpointId({ address, port }), ...rest }
}

function one<K extends ResourceKind>(snapshot: Snapshot, kind: K, name: string): Resources[K] | undefined {
  const text = snapshot.get(resourceKey(kind, name))
  return text === undefined ? undefined : (JSON.parse(text) as Resources[K])
}

function all(snapshot: Snapshot, kind: 'virtualHost'): VirtualHostSpec[] {
  const texts = [...snapshot].filter(([key]) => parseKey(key).kind === kind)
  return texts.map(([, text]) => JSON.parse(text) as VirtualHostSpec)
}
