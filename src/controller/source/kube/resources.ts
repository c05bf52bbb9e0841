/**
 * THE table of what we read from a cluster: where it is, what of it is kept, which verbs that takes. The chart's RBAC
 * comes from it, so a row more here is a right more there.
 */
import { BACKEND_POLICY_KIND } from '../../api/backend-policy.ts'
import { CANARY_POLICY_KIND } from '../../api/canary-policy.ts'
import { SERVICE_NAME_LABEL } from '../../api/kubernetes/endpoint-slice.ts'
import { OWN_VERSION } from '../../api/kubernetes/kinds.ts'
import { RATE_LIMIT_POLICY_KIND } from '../../api/rate-limit-policy.ts'
import { ROUTE_POLICY_KIND } from '../../api/route-policy.ts'
import { CONFIG_KIND } from '../../api/sluice-config.ts'
import { keeping, type Trim, trimOwnPod, trimPod } from './trim.ts'

export type Verb = 'get' | 'list' | 'watch'

export interface ResourceRow {
  readonly apiVersion: string
  /** As it is called inside of here: kinds of our own group carry its name. */
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly trim: Trim
  /** Without `list` and `watch`, objects are read one by one when something refers to them. */
  readonly verbs: readonly Verb[]
  /** Leaves out on the server what nobody could refer to. */
  readonly fieldSelector?: string
  /** Nothing is served before it was read once; of the others, none are assumed while reading them is forbidden. */
  readonly essential: boolean
  /** What it is read for. */
  readonly why: string
}

const WATCHED = ['list', 'watch'] as const

/** Our own kinds: what is right without them, a cluster that does not know them gets. */
const OWN = {
  apiVersion: OWN_VERSION,
  trim: keeping({ fields: ['spec', 'status'] }),
  verbs: WATCHED,
  essential: false,
} as const

export const RESOURCES = [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    plural: 'ingresses',
    namespaced: true,
    trim: keeping({ fields: ['spec', 'status'] }),
    verbs: WATCHED,
    essential: true,
    why: 'what is to be served',
  },
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    plural: 'ingressclasses',
    namespaced: false,
    trim: keeping({ fields: ['spec'] }),
    verbs: WATCHED,
    essential: false,
    why: 'which Ingresses are ours',
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    plural: 'services',
    namespaced: true,
    trim: keeping({ fields: ['spec'] }),
    verbs: WATCHED,
    essential: true,
    why: 'ports of backends',
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    namespaced: true,
    trim: keeping({
      fields: ['addressType', 'endpoints', 'ports'],
      labels: [SERVICE_NAME_LABEL],
      annotations: ['endpoints.kubernetes.io/last-change-trigger-time'],
    }),
    verbs: WATCHED,
    essential: true,
    why: 'addresses of backends',
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    plural: 'pods',
    namespaced: true,
    trim: trimPod,
    verbs: WATCHED,
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    essential: false,
    why: 'readiness, probes and grace periods of endpoints',
  },
  { ...OWN, kind: CONFIG_KIND, plural: 'sluiceconfigs', namespaced: false, why: 'what the operator decides' },
  { ...OWN, kind: ROUTE_POLICY_KIND, plural: 'routepolicies', namespaced: true, why: 'options of routes' },
  { ...OWN, kind: BACKEND_POLICY_KIND, plural: 'backendpolicies', namespaced: true, why: 'options of backends' },
  { ...OWN, kind: RATE_LIMIT_POLICY_KIND, plural: 'ratelimitpolicies', namespaced: true, why: 'rate limits' },
  { ...OWN, kind: CANARY_POLICY_KIND, plural: 'canarypolicies', namespaced: true, why: 'variants of backends' },
] as const satisfies readonly ResourceRow[]

/** Read by name: never listed across namespaces, so that we cannot be made to tell what nobody gave us. */
export const SECRETS = {
  apiVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  trim: keeping({ fields: ['type', 'data'], annotations: [] }),
  verbs: ['get'],
  fieldSelector: 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token',
  essential: false,
  why: 'certificates and credentials that an object refers to',
} as const satisfies ResourceRow

/** The same where a Role for a namespace allows to watch them: they are then up to date at once, and none is read alone. */
export const WATCHED_SECRETS = { ...SECRETS, verbs: WATCHED } as const satisfies ResourceRow

/** Read by name like Secrets, and for the same reason. */
export const CONFIG_MAPS = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  trim: keeping({ fields: ['data'], labels: [], annotations: [] }),
  verbs: ['get'],
  essential: false,
  why: 'authorities that an object refers to',
} as const satisfies ResourceRow

/** ConfigMaps that the operator names are followed, each by its name: whoever writes one waits for what it does. */
export const NAMED_CONFIG_MAPS = {
  ...CONFIG_MAPS,
  verbs: WATCHED,
  why: 'ports of TCP and UDP services',
} as const satisfies ResourceRow

/** One Service, the one in front of us: read wherever it is, by every replica that may have to write its addresses. */
export const PUBLISHED_SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
  trim: keeping({ fields: ['spec', 'status'], labels: [], annotations: [] }),
  verbs: WATCHED,
  essential: false,
  why: 'addresses at which Ingresses are served',
} as const satisfies ResourceRow

/** Pods of the namespace that we run in, where the addresses of their nodes are published. */
export const OWN_PODS = {
  apiVersion: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
  trim: trimOwnPod,
  verbs: WATCHED,
  fieldSelector: 'status.phase=Running',
  essential: false,
  why: 'nodes at which Ingresses are served',
} as const satisfies ResourceRow

/** `/apis/networking.k8s.io/v1`. */
export function groupPath({ apiVersion }: Pick<ResourceRow, 'apiVersion'>): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
}

/** Path of all objects of a kind, in one namespace or everywhere. */
export function resourcePath(row: ResourceRow, namespace?: string): string {
  const scope = row.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${groupPath(row)}${scope}/${row.plural}`
}

export function objectPath(row: ResourceRow, namespace: string, name: string): string {
  return `${resourcePath(row, namespace)}/${encodeURIComponent(name)}`
}

/** `ingresses.networking.k8s.io`, as RBAC and people call it. */
export function resourceName({ plural, apiVersion }: ResourceRow): string {
  const [group, version] = apiVersion.split('/')
  return version === undefined ? plural : `${plural}.${group}`
}
