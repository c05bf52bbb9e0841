/** Raw objects of a small shop: Services, their slices, an Ingress over them. */
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { Store } from '../../src/controller/store.ts'

/** Puts an object where it can be read, and leaves it out where not. */
export function put(store: Store, raw: unknown): void {
  const decoded = decodeObject(raw)
  if (decoded.outcome === 'object') store.apply([decoded], [])
}

export const meta = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more })
export const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { ports: [{ port: 80 }] },
})
export const slice = (name: string, addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: meta(`${name}-1`, { labels: { 'kubernetes.io/service-name': name } }),
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: [{ addresses }],
})
export const ingress = (...services: readonly string[]) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: meta('web'),
  spec: {
    ingressClassName: 'sluice',
    rules: [{ http: { paths: services.map((name) => path(`/${name}`, name)) } }],
  },
})
export const path = (value: string, name: string) => ({
  path: value,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
})
