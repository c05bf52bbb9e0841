/** Objects that scenarios put into the cluster, and where the API has them. */
import type { KubeObject } from '../harness/api-client.ts'

export interface Backend {
  readonly name: string
  readonly port: number
}

export interface Rule {
  readonly host: string
  readonly path?: string
  readonly backend: Backend
}

export interface IngressSpec {
  readonly namespace?: string
  readonly className?: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly tls?: readonly { readonly hosts: readonly string[]; readonly secretName: string }[]
}

export interface IngressObject extends KubeObject {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } }
}

export interface EventObject extends KubeObject {
  readonly regarding: { readonly kind: string; readonly name: string; readonly namespace?: string }
  readonly reason: string
  readonly note: string
}

export function ingress(name: string, rules: readonly Rule[], spec: IngressSpec = {}): KubeObject {
  const { namespace = 'shop', className = 'sluice', annotations = {}, tls } = spec
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace, annotations },
    spec: {
      ingressClassName: className,
      ...(tls === undefined ? {} : { tls }),
      rules: rules.map(({ host, path = '/', backend }) => {
        const service = { name: backend.name, port: { number: backend.port } }
        return { host, http: { paths: [{ path, pathType: 'Prefix', backend: { service } }] } }
      }),
    },
  } as KubeObject
}

export function secret(name: string, data: Readonly<Record<string, string>>, namespace = 'shop'): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type: 'kubernetes.io/tls',
    stringData: data,
  } as KubeObject
}

/** Of our own group. */
export function own(kind: string, name: string, spec: object): KubeObject {
  const metadata = kind === 'SluiceConfig' ? { name } : { name, namespace: 'shop' }
  return { apiVersion: 'sluice.dev/v1alpha1', kind, metadata, spec } as KubeObject
}

const PLURALS: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  RoutePolicy: 'routepolicies',
  BackendPolicy: 'backendpolicies',
  RateLimitPolicy: 'ratelimitpolicies',
  CanaryPolicy: 'canarypolicies',
  NetworkPolicy: 'networkpolicies',
  PodDisruptionBudget: 'poddisruptionbudgets',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
}

/** Path of all objects of this one's kind, in its namespace if it has one. */
export function collectionOf({ apiVersion = 'v1', kind = '', metadata: { namespace } }: KubeObject): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = namespace === undefined ? '' : `/namespaces/${namespace}`
  return `${group}${scope}/${PLURALS[kind] ?? `${kind.toLowerCase()}s`}`
}

export function pathOf(object: KubeObject): string {
  return `${collectionOf(object)}/${object.metadata.name}`
}
