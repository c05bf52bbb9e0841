/** THE table of kinds that are read: how each is spelt, whether it lives in a namespace, what shape it must have. */
import { anything, object, type Read, type Shape } from '../../../lib/shape.ts'
import { ENDPOINT_SLICE, type EndpointSlice } from './endpoint-slice.ts'
import { INGRESS, INGRESS_CLASS, type Ingress, type IngressClass } from './ingress.ts'
import type { Identified } from './metadata.ts'
import { POD, type Pod } from './pod.ts'
import { CONFIG_MAP, type ConfigMap, SECRET, type Secret } from './secret.ts'
import { SERVICE, type Service } from './service.ts'

/** Our own group. Its objects are kept as they are; nothing reads them before the issue that brings policies. */
export const OWN_GROUP = 'sluice.dev'

const POLICY = object({ spec: anything })
export type Policy = Identified & { readonly kind: `${string}.${typeof OWN_GROUP}` } & Read<typeof POLICY>

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
]

/** The row of a kind, or `undefined` where it is none of those that are read. */
export function kindRow(apiVersion: string, kind: string): KindRow | undefined {
  if (apiVersion.startsWith(`${OWN_GROUP}/`)) {
    return { apiVersion, kind: `${kind}.${OWN_GROUP}`, namespaced: true, shape: POLICY }
  }
  return KINDS.find((row) => row.apiVersion === apiVersion && row.kind === kind)
}

export function isPolicy(object: KubernetesObject): object is Policy {
  return object.kind.endsWith(`.${OWN_GROUP}`)
}
