/** THE table of kinds that are read: how each is spelt, whether it lives in a namespace, what shape it must have. */
import { anything, object, type Read, type Shape } from '../../../lib/shape.ts'
import { BACKEND_POLICY_KIND, type BackendPolicy } from '../backend-policy.ts'
import { CANARY_POLICY_KIND, type CanaryPolicy } from '../canary-policy.ts'
import { OWN_KINDS } from '../own-kinds.ts'
import { declared } from '../policy/declared.ts'
import { RATE_LIMIT_POLICY_KIND, type RateLimitPolicy } from '../rate-limit-policy.ts'
import { ROUTE_POLICY_KIND, type RoutePolicy } from '../route-policy.ts'
import { CONFIG_KIND, type SluiceConfig } from '../sluice-config.ts'
import { ENDPOINT_SLICE, type EndpointSlice } from './endpoint-slice.ts'
import { INGRESS, INGRESS_CLASS, type Ingress, type IngressClass } from './ingress.ts'
import { type Identified, isOwnKind } from './metadata.ts'
import { POD, type Pod } from './pod.ts'
import { CONFIG_MAP, type ConfigMap, SECRET, type Secret } from './secret.ts'
import { SERVICE, type Service } from './service.ts'

/** Our own group. Its kinds carry it in their name, so that no other group's kind is taken for one of them. */
export const OWN_GROUP = 'sluice.dev'
export const OWN_VERSION = `${OWN_GROUP}/v1alpha1`

/** Of a kind of our own group that this version does not serve: kept as it is. */
const UNSERVED = object({ spec: anything, status: anything })
export type UnservedPolicy = Identified & { readonly kind: `${string}.${typeof OWN_GROUP}` } & Read<typeof UNSERVED>

/** An object of our own group. */
export type Policy = SluiceConfig | RoutePolicy | BackendPolicy | RateLimitPolicy | CanaryPolicy | UnservedPolicy

export type KubernetesObject = Ingress | IngressClass | Service | EndpointSlice | Secret | ConfigMap | Pod | Policy

export interface KindRow {
  readonly apiVersion: string
  readonly kind: string
  readonly namespaced: boolean
  readonly shape: Shape<object>
  /** Only a cluster has them: in a file they would do nothing. */
  readonly clusterOnly?: boolean
}

export const KINDS: readonly KindRow[] = [
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespaced: true, shape: INGRESS },
  { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', namespaced: false, shape: INGRESS_CLASS },
  { apiVersion: 'v1', kind: 'Service', namespaced: true, shape: SERVICE },
  { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', namespaced: true, shape: ENDPOINT_SLICE },
  { apiVersion: 'v1', kind: 'Secret', namespaced: true, shape: SECRET },
  { apiVersion: 'v1', kind: 'ConfigMap', namespaced: true, shape: CONFIG_MAP },
  { apiVersion: 'v1', kind: 'Pod', namespaced: true, shape: POD, clusterOnly: true },
  ...OWN_KINDS.map(({ kind, namespaced, spec }) => {
    return { apiVersion: OWN_VERSION, kind, namespaced, shape: object({ spec: declared(spec), status: anything }) }
  }),
]

/** The row of a kind as manifests write it, or `undefined` where it is none of those that are read. */
export function kindRow(apiVersion: string, kind: string): KindRow | undefined {
  const name = qualifiedKind(apiVersion, kind)
  const known = KINDS.filter((row) => row.kind === name)
  if (known.length === 0 && name !== kind) return { apiVersion, kind: name, namespaced: true, shape: UNSERVED }
  return known.find((row) => row.apiVersion === apiVersion)
}

/** As a kind is called inside of here: `Ingress`, `RoutePolicy.sluice.dev`. */
function qualifiedKind(apiVersion: string, kind: string): string {
  return apiVersion.startsWith(`${OWN_GROUP}/`) ? `${kind}.${OWN_GROUP}` : kind
}

/** As manifests and the API server call it: `RoutePolicy`. */
export function plainKind(kind: string): string {
  return isOwnKind(kind) ? kind.slice(0, -OWN_GROUP.length - 1) : kind
}

export function isPolicy(object: KubernetesObject): object is Policy {
  return isOwnKind(object.kind)
}

export function isConfig(object: KubernetesObject): object is SluiceConfig {
  return object.kind === CONFIG_KIND
}

export function isRoutePolicy(policy: Policy): policy is RoutePolicy {
  return policy.kind === ROUTE_POLICY_KIND
}

export function isBackendPolicy(policy: Policy): policy is BackendPolicy {
  return policy.kind === BACKEND_POLICY_KIND
}

export function isRateLimitPolicy(policy: Policy): policy is RateLimitPolicy {
  return policy.kind === RATE_LIMIT_POLICY_KIND
}

export function isCanaryPolicy(policy: Policy): policy is CanaryPolicy {
  return policy.kind === CANARY_POLICY_KIND
}

/** Of a kind that has no row: known to our group, unknown to this version. */
export function isUnserved(policy: Policy): policy is UnservedPolicy {
  return !KINDS.some(({ kind }) => kind === policy.kind)
}
