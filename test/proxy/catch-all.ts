/** The simplest configuration there is: one route for everything, to one cluster. */
import type { ClusterName } from '../../src/model/cluster.ts'
import type { HostPattern, RetrySpec, TimeoutSpec, VirtualHostSpec } from '../../src/model/route.ts'

export function catchAll(cluster: ClusterName, timeouts: TimeoutSpec, retry: RetrySpec): VirtualHostSpec {
  const action = { kind: 'forward', clusters: [{ name: cluster, weight: 1 }], timeouts, retry } as const
  const origin = { kind: 'Ingress', namespace: 'shop', name: 'web' }
  const match = { path: { kind: 'prefix', value: '/' } } as const
  return { host: '*' as HostPattern, routes: [{ id: 'r', match, filters: [], action, origin }] }
}
