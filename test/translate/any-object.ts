/** Raw objects of a small world, picked at random: good ones and bad ones that refer to each other or to nothing. */
import { Buffer } from 'node:buffer'
import type { Random } from '../../src/lib/random.ts'
import { selfSigned } from '../../src/lib/self-signed.ts'

type Make = (name: string, pick: <T>(...choices: readonly T[]) => T) => object

const NAMES = ['a', 'b', 'c'] as const
const HOSTS = ['a.test', 'b.test', '*.test', 'B.test', undefined] as const
const YEAR = 365 * 86_400_000

/** What a Secret with a certificate for these names holds. */
export function material(...names: readonly string[]): object {
  const { chain, key } = selfSigned({ commonName: names[0]!, names, from: 0, until: 100 * YEAR })
  const encoded = (pem: string) => Buffer.from(pem).toString('base64')
  return { 'tls.crt': encoded(chain), 'tls.key': encoded(key) }
}

const AUTHORITY = { 'ca.crt': Object.values(material('authority.test'))[0] }
const MATERIAL = [material('a.test'), material('*.test', 'c.test')]
const own = (kind: string, name: string, spec: object) => ({
  apiVersion: 'sluice.dev/v1alpha1',
  kind,
  metadata: kind === 'SluiceConfig' ? { name } : { name, namespace: 'shop' },
  spec,
})
const MAKE: Readonly<Record<string, Make>> = {
  Ingress: (name, pick) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: 'shop',
      uid: pick('1', '2'),
      ...pick({}, { creationTimestamp: '2026-01-01T00:00:00Z' }, { creationTimestamp: '2026-02-01T00:00:00Z' }),
      annotations: pick(
        {},
        { 'sluice.dev/request-timeout': '5s' },
        { 'sluice.dev/retyr': '1' },
        { 'sluice.dev/client-certificates': 'required', 'sluice.dev/client-certificates-secret': pick(...NAMES) },
      ),
    },
    spec: {
      ingressClassName: pick('sluice', 'other', undefined),
      defaultBackend: pick(undefined, backend(pick(...NAMES))),
      tls: pick([], [{ hosts: [pick('a.test', 'c.test', '*.test')], secretName: pick(...NAMES) }], [{ hosts: [] }]),
      rules: pick(
        [],
        [rule(pick(...HOSTS), pick(...NAMES), pick('/', '/x'))],
        [rule(pick(...HOSTS), pick(...NAMES)), rule(pick(...HOSTS), pick(...NAMES))],
      ),
    },
  }),
  Service: (name, pick) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name,
      namespace: 'shop',
      annotations: pick({}, { 'sluice.dev/response-timeout': '6s' }, { 'sluice.dev/connections-max-idle': 'x' }),
    },
    spec: pick<object>(
      {
        ports: [{ port: pick(80, 81), name: 'http' }],
        ipFamilies: pick(['IPv4'], []),
        trafficDistribution: pick(undefined, 'PreferClose', 'PreferSameNode', 'PreferSomething'),
      },
      { type: 'ExternalName', externalName: pick('x.test', 'y.test') },
    ),
  }),
  EndpointSlice: (name, pick) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${name}-${pick(1, 2)}`,
      namespace: 'shop',
      labels: { 'kubernetes.io/service-name': pick(...NAMES) },
    },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [
      {
        addresses: [pick('10.0.0.1', '10.0.0.2', '127.0.0.1')],
        conditions: pick({}, { ready: false, serving: true, terminating: true }),
        ...pick({}, { nodeName: 'ours', zone: pick('x', 'y') }, { nodeName: 'theirs', zone: pick('x', 'y') }),
        hints: pick(undefined, undefined, { forZones: [{ name: pick('x', 'y') }] }),
        targetRef: pick(undefined, { kind: 'Pod', name: pick(...NAMES), uid: pick('1', '2') }),
      },
    ],
  }),
  Pod: (name, pick) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      uid: pick('1', '2'),
      labels: pick({}, { 'pod-template-hash': pick('x', 'y') }),
      ...pick({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: {
      containers: pick<object[]>([], [{ readinessProbe: { httpGet: { port: pick<number | string>(8080, 'http') } } }]),
      terminationGracePeriodSeconds: pick(1, 2),
    },
    status: {
      conditions: [
        { type: 'Ready', status: pick('True', 'False'), lastTransitionTime: `2026-01-01T00:00:0${pick(1, 2)}Z` },
      ],
    },
  }),
  Secret: (name, pick) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'shop' },
    type: pick('kubernetes.io/tls', 'kubernetes.io/tls', 'Opaque'),
    data: pick({}, ...MATERIAL, ...MATERIAL, AUTHORITY),
  }),
  IngressClass: (_, pick) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: {
      name: 'sluice',
      annotations: pick({}, { 'ingressclass.kubernetes.io/is-default-class': 'true' }),
    },
    spec: {
      controller: pick('sluice.dev/ingress-controller', 'sluice.dev/ingress-controller', 'somebody.test/else'),
      parameters: pick(undefined, { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: pick(...NAMES) }),
    },
  }),
  SluiceConfig: (name, pick) =>
    own('SluiceConfig', name, {
      routeDefaults: { timeouts: { request: pick('5s', '6s', 'bad') } },
      backendDefaults: { loadBalancing: { panicPercent: pick(40, 50), prefer: pick('service', 'zone') } },
    }),
  RoutePolicy: (name, pick) =>
    own('RoutePolicy', name, {
      targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: pick(...NAMES) }],
      retry: { attempts: pick(1, 2) },
    }),
  CanaryPolicy: (name, pick) =>
    own('CanaryPolicy', name, {
      targetRefs: [{ group: '', kind: 'Service', name: pick(...NAMES) }],
      variants: [{ name: 'next', service: pick(...NAMES), weight: 10 }],
      ...pick({}, { rules: [{ ingress: pick(...NAMES) }] }),
    }),
  RateLimitPolicy: (name, pick) =>
    own('RateLimitPolicy', name, {
      targetRefs: [
        pick<object>(
          { group: 'networking.k8s.io', kind: 'Ingress', name: pick(...NAMES) },
          { group: 'networking.k8s.io', kind: 'Ingress', name: pick(...NAMES), host: pick('a.test', 'b.test') },
          { group: '', kind: 'Service', name: pick(...NAMES) },
          { group: 'networking.k8s.io', kind: 'IngressClass', name: 'sluice' },
        ),
      ],
      limits: [{ name: 'all', requests: pick(1, 2), per: 'second' }],
    }),
  BackendPolicy: (name, pick) =>
    own('BackendPolicy', name, {
      targetRefs: [{ group: '', kind: 'Service', name: pick(...NAMES) }],
      timeouts: { response: pick('1s', '2s') },
      loadBalancing: { algorithm: pick('round-robin', 'maglev'), prefer: pick('service', 'zone', 'none') },
      healthCheck: { kind: pick('none', 'tcp', 'readiness-probe') },
      ...pick({}, { protocol: 'HTTPS', tls: { clientSecret: pick(...NAMES) } }),
    }),
}

function backend(name: string): object {
  return { service: { name, port: { number: 80 } } }
}

function rule(host: string | undefined, service: string, path = '/'): object {
  return { host, http: { paths: [{ path, pathType: 'Prefix', backend: backend(service) }] } }
}

export type Raw = Readonly<Record<string, unknown>> & {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

export function anyObject(random: Random): Raw {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!
  return MAKE[pick(...Object.keys(MAKE))]!(pick(...NAMES), pick) as Raw
}
