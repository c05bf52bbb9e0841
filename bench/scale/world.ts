/** A large cluster as the API server would tell it, by number: the same numbers give the same cluster. */
import type { RawObject } from '../../test/kube/double.ts'

export interface WorldSpec {
  readonly ingresses: number
  readonly services: number
  readonly endpointsPerService: number
}

export const INGRESSES = '/apis/networking.k8s.io/v1/ingresses'
export const CLASSES = '/apis/networking.k8s.io/v1/ingressclasses'
export const SERVICES = '/api/v1/services'
export const SLICES = '/apis/discovery.k8s.io/v1/endpointslices'
export const PODS = '/api/v1/pods'

export const BACKEND_PORT = 8080
/** Services of one team share a namespace. */
const SERVICES_PER_NAMESPACE = 50
/** One in so many Ingresses has a mistake in it, as in any large cluster. */
const MISTAKE_EVERY = 100

export function hostOf(ingress: number): string {
  return `app-${ingress}.scale.test`
}

/** Every address of the Pod network 10.244.0.0/16 but its first and last few; one each for up to 65 000 endpoints. */
export function addressOf(endpoint: number): string {
  const place = endpoint + 256
  return `10.244.${place >> 8}.${place & 255}`
}

export function ingressClass(): RawObject {
  return { metadata: meta('sluice', ''), spec: { controller: 'sluice.dev/ingress-controller' } }
}

/** @param target the Service it leads to. */
export function ingress(index: number, target: number, mistakeEvery = MISTAKE_EVERY): RawObject {
  const isWrong = index % mistakeEvery === mistakeEvery - 1
  const annotations = isWrong ? { 'sluice.dev/retyr-attempts': '1' } : { 'sluice.dev/request-timeout': '30s' }
  const backend = { service: { name: `svc-${target}`, port: { name: 'http' } } }
  return {
    metadata: { ...meta(`app-${index}`, namespaceOf(target)), annotations, generation: 1 },
    spec: {
      ingressClassName: 'sluice',
      rules: [
        {
          host: hostOf(index),
          http: {
            paths: ['/', '/api'].map((path) => ({ path, pathType: 'Prefix', backend })),
          },
        },
      ],
    },
    status: { loadBalancer: {} },
  }
}

export function service(index: number): RawObject {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }]
  const spec = { type: 'ClusterIP', ipFamilies: ['IPv4'], selector: labelsOf(index), ports }
  return { metadata: { ...meta(`svc-${index}`, namespaceOf(index)), labels: labelsOf(index) }, spec, status: {} }
}

/** @param endpoints numbers of its endpoints. */
export function slice(index: number, endpoints: readonly number[], changedAt?: string): RawObject {
  const name = `svc-${index}`
  const annotations = changedAt === undefined ? {} : { 'endpoints.kubernetes.io/last-change-trigger-time': changedAt }
  return {
    metadata: {
      ...meta(`${name}-abcde`, namespaceOf(index)),
      labels: { 'kubernetes.io/service-name': name, ...labelsOf(index) },
      annotations,
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: BACKEND_PORT, protocol: 'TCP' }],
    endpoints: endpoints.map((endpoint) => ({
      addresses: [addressOf(endpoint)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${endpoint % 500}`,
      zone: `zone-${endpoint % 3}`,
      targetRef: { kind: 'Pod', namespace: namespaceOf(index), name: podName(index, endpoint), uid: uid(endpoint) },
    })),
  }
}

/** As much of a Pod as matters for what is read of it, and a few kilobytes that do not. */
export function pod(index: number, endpoint: number): RawObject {
  return {
    metadata: {
      ...meta(podName(index, endpoint), namespaceOf(index)),
      labels: { ...labelsOf(index), 'pod-template-hash': `h${index}` },
      managedFields: [{ manager: 'kubelet', fieldsV1: { filler: 'f'.repeat(800) } }],
    },
    spec: {
      terminationGracePeriodSeconds: 30,
      nodeName: `node-${endpoint % 500}`,
      containers: [
        {
          name: 'app',
          image: `registry.test/app-${index}:1`,
          env: Array.from({ length: 10 }, (_, i) => ({ name: `SETTING_${i}`, value: 'x'.repeat(40) })),
          ports: [{ name: 'http', containerPort: BACKEND_PORT, protocol: 'TCP' }],
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 10 },
        },
      ],
    },
    status: {
      phase: 'Running',
      podIP: addressOf(endpoint),
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' })),
      containerStatuses: [{ name: 'app', ready: true, imageID: 'x'.repeat(80) }],
    },
  }
}

/** Numbers of the endpoints that a Service has at the start. */
export function endpointsOf({ endpointsPerService }: WorldSpec, service: number): readonly number[] {
  return Array.from({ length: endpointsPerService }, (_, i) => service * endpointsPerService + i)
}

function namespaceOf(service: number): string {
  return `team-${Math.floor(service / SERVICES_PER_NAMESPACE)}`
}

function podName(service: number, endpoint: number): string {
  return `svc-${service}-7d9f8b6c5-${endpoint}`
}

function labelsOf(service: number): Record<string, string> {
  return { app: `svc-${service}`, 'app.kubernetes.io/part-of': namespaceOf(service) }
}

function meta(name: string, namespace: string): RawObject['metadata'] {
  const scope = namespace === '' ? {} : { namespace }
  return { name, ...scope, uid: uid(name.length), creationTimestamp: '2026-01-01T00:00:00Z' }
}

function uid(seed: number): string {
  return `00000000-0000-4000-8000-${String(seed).padStart(12, '0')}`
}
