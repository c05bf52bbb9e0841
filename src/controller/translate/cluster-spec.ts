/** A Service port as the proxy is told of it, but for its endpoints. */
import type { BalancerSpec, ClusterSpec, ConnectionSpec } from '../../model/cluster.ts'
import type { ClusterValues } from '../api/backend-policy.ts'
import type { Backend } from './backends.ts'
import type { Policies } from './policies.ts'

export function clusterSpec({ cluster, namespace, service }: Backend, policies: Policies): ClusterSpec {
  const key = `${namespace}/${service}`
  const connections = connectionSpec(policies.saidOfCluster(key)?.values ?? {})
  return {
    name: cluster,
    namespace,
    service,
    protocol: 'http/1.1',
    balancer: balancerSpec(policies.cluster(key).values),
    ...(connections === undefined ? {} : { connections }),
  }
}

function balancerSpec(values: ClusterValues): BalancerSpec {
  const { 'loadBalancing.algorithm': kind, 'loadBalancing.hashOn': on } = values
  return kind === 'maglev' ? { kind, on } : { kind }
}

/** Only what is said of this one: the rest is the same for all clusters and among the settings. */
function connectionSpec(said: Partial<ClusterValues>): ConnectionSpec | undefined {
  const { 'connections.maxIdle': maxIdle, 'connections.idleTimeout': idleMs } = said
  if (maxIdle === undefined && idleMs === undefined) return undefined
  return { ...(maxIdle === undefined ? {} : { maxIdle }), ...(idleMs === undefined ? {} : { idleMs }) }
}
