/** A Service port as the proxy is told of it, but for its endpoints. */
import type { BalancerSpec, ClusterSpec, ConnectionSpec, LinkSpec, StickySpec } from '../../model/cluster.ts'
import { type AffinityValues, type ClusterValues, DEFAULT_AFFINITY } from '../api/backend-policy.ts'
import type { Backend } from './backends.ts'
import { endpointSpec } from './endpoint-spec.ts'
import { healthSpec } from './health-spec.ts'
import type { Policies } from './policies.ts'
import { resilienceSpec } from './resilience-spec.ts'

export function clusterSpec(
  { cluster, namespace, service, identity, carries }: Backend,
  policies: Policies,
  link: LinkSpec,
): ClusterSpec {
  const key = `${namespace}/${service}`
  const { values } = policies.cluster(key)
  // What is passed on as it is has no cookies, and a check by TCP or HTTP says nothing of a port for datagrams.
  const sticky = carries === undefined ? stickySpec(policies.affinity(key), identity) : undefined
  const healthCheck = carries === 'UDP' ? undefined : healthSpec(values)
  const connections = connectionSpec(policies.saidOfCluster(key)?.values ?? {}, values)
  return {
    name: cluster,
    namespace,
    service,
    ...link,
    balancer: balancerSpec(values),
    ...(sticky === undefined ? {} : { sticky }),
    ...(connections === undefined ? {} : { connections }),
    ...endpointSpec(values),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...resilienceSpec(values),
  }
}

function balancerSpec(values: ClusterValues): BalancerSpec {
  const { 'loadBalancing.algorithm': kind, 'loadBalancing.hashOn': on } = values
  return kind === 'maglev' ? { kind, on } : { kind }
}

/** @param key see `Backend.identity`. */
function stickySpec(said: Partial<AffinityValues>, key: string): StickySpec | undefined {
  const values = { ...DEFAULT_AFFINITY, ...said }
  const mode = values['sessionAffinity.mode']
  if (mode === 'none') return undefined
  const maxAgeMs = values['sessionAffinity.cookieMaxAge']
  return {
    mode,
    cookie: values['sessionAffinity.cookieName'],
    path: values['sessionAffinity.cookiePath'],
    sameSite: values['sessionAffinity.cookieSameSite'],
    ...(values['sessionAffinity.untilEnd'] && { untilEnd: true as const }),
    ...(maxAgeMs === undefined ? {} : { maxAgeS: Math.ceil(maxAgeMs / 1000) }),
    key,
  }
}

/** How many wait and how long only where it is said of this one: the rest is among the settings, for all clusters. */
function connectionSpec(said: Partial<ClusterValues>, all: ClusterValues): ConnectionSpec | undefined {
  const { 'connections.maxIdle': maxIdle, 'connections.idleTimeout': idleMs } = said
  const { 'connections.expectContinue': asksFirst } = all
  if (maxIdle === undefined && idleMs === undefined && asksFirst) return undefined
  return {
    ...(maxIdle === undefined ? {} : { maxIdle }),
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(asksFirst ? {} : { asksFirst }),
  }
}
