/** Raw objects of a small shop: Services, their slices, an Ingress over them. */
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { Ref } from '../../src/controller/api/kubernetes/metadata.ts'
import type { Store } from '../../src/controller/store.ts'
import type { Translation } from '../../src/controller/translate/translate.ts'
import { compareText } from '../../src/model/problem.ts'
import { parseKey, type ResourceKey, type ResourceKind, type Snapshot } from '../../src/model/snapshot.ts'

/** Puts an object where it can be read, and leaves it out where not. @returns what is not as it was. */
export function put(store: Store, raw: unknown): ReadonlySet<Ref> {
  const decoded = decodeObject(raw)
  return decoded.outcome === 'object' ? store.apply([decoded], []) : new Set()
}

/** As a reader looks for them: what holds for all, what is matched, where that leads. */
const KINDS: readonly ResourceKind[] = [
  'settings',
  'rateLimit',
  'canary',
  'virtualHost',
  'ticketKeys',
  'authority',
  'certificate',
  'serverName',
  'cluster',
  'endpoints',
  'layer4Port',
]

/** All that a translation without a memory gives, in an order that does not depend on how it was made. */
export function snapshotOf({ translated }: Pick<Translation, 'translated'>): Snapshot {
  return new Map([...translated.upserts].sort(([a], [b]) => place(a) - place(b) || compareText(a, b)))
}

function place(key: ResourceKey): number {
  return KINDS.indexOf(parseKey(key).kind)
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
