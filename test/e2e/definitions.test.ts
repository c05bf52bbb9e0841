/**
 * The generated definitions and the admission policy on a real API server: it takes what we take and refuses what we
 * refuse, value by value. What it cannot know, it leaves to us.
 */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { SERVICE_ANNOTATIONS } from '../../src/controller/api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import { OWN_KINDS } from '../../src/controller/api/own-kinds.ts'
import { INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { type LineField, leavesOf, parseText } from '../../src/lib/schema.ts'
import { ApiError } from './harness/api-client.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import { kubectl } from './harness/test-cluster.ts'
import { until } from './harness/until.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const INGRESSES = '/apis/networking.k8s.io/v1/namespaces/default/ingresses'
const SERVICES = '/api/v1/namespaces/default/services'
let cluster: LocalCluster

before(async () => {
  cluster = await LocalCluster.start()
  await kubectl(cluster, ['apply', '-f', `${ROOT}crds`])
  await kubectl(cluster, ['wait', '--for=condition=Established', '--timeout=30s', '-f', `${ROOT}crds`])
})
after(() => cluster.close())

const TARGETS = {
  RoutePolicy: [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }],
  BackendPolicy: [{ group: '', kind: 'Service', name: 'web' }],
}
const DURATIONS = ['0', '10s', '1h30m', '24h', '24h1ms', '60', 60, '', '1d', '99999h', '999999ms']
const SIZES = [0, 1048576, '10Mi', '5Ti', -1, '8m', 2 ** 50 + 2, '1048576Gi', '1048577Gi']
const PROMETHEUS = { address: 'http://prometheus.monitoring:9090', query: 'sum(rate(errors[1m]))' }
const BUFFERS = ['16Ki', '1Ki', 1024, 1023, '1Mi', '1025Ki']

/** Specs by kind, good ones and bad ones. */
const SPECS: readonly (readonly [kind: string, spec: object])[] = [
  ...[{ timeouts: { conect: '1s' } }, { timeouts: '1s' }, { retry: { attempts: '2' } }].map(routePolicy),
  ...DURATIONS.map((request) => routePolicy({ timeouts: { request } })),
  ...[0, 10, 11, -1, 1.5, '3'].map((attempts) => routePolicy({ retry: { attempts } })),
  ...SIZES.map((maxBodySize) => routePolicy({ maxBodySize })),
  ...[
    [],
    [{ group: 'networking.k8s.io', kind: 'Ingress' }],
    [{ group: '', kind: 'Service', name: 'web' }],
    [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'Web' }],
    Array.from({ length: 65 }, (_, i) => ({ group: 'networking.k8s.io', kind: 'Ingress', name: `i${i}` })),
  ].map((targetRefs) => routePolicy({ targetRefs })),
  ...[{}, { connections: { maxIdle: 0, idleTimeout: '5s' } }, { connections: { maxIdle: -1 } }].map(backendPolicy),
  ...['round-robin', 'maglev', 'fastest'].map((algorithm) => backendPolicy({ loadBalancing: { algorithm } })),
  ...[['client'], ['header:X-Tenant', 'path'], ['cookie:a b'], []].map((hashOn) => {
    return backendPolicy({ loadBalancing: { algorithm: 'maglev', hashOn } })
  }),
  ...[['200'], ['200-399', '404'], ['300-200'], ['99'], [200], []].map((statuses) => {
    return backendPolicy({ healthCheck: { kind: 'http', statuses } })
  }),
  ...['0', '99ms', '100ms', '10s', '25h'].map((interval) => backendPolicy({ healthCheck: { interval } })),
  ...[{ kind: 'readiness-probe' }, { kind: 'ping' }, { path: 'healthz' }, { host: '' }, { host: 'a b' }].map(
    (healthCheck) => backendPolicy({ healthCheck }),
  ),
  ...['service', 'zone', 'rack'].map((prefer) => backendPolicy({ loadBalancing: { prefer } })),
  ...['down-weight', 'report', 'on'].map((groups) => backendPolicy({ outlierDetection: { groups } })),
  ...[{ mode: 'persistent', cookieName: 'home' }, { mode: 'balanced', cookieName: 'a=b' }, { cookiePath: 'shop' }].map(
    (sessionAffinity) => backendPolicy({ sessionAffinity }),
  ),
  ...[
    [{ name: 'a', requests: 10, per: 'second' }],
    [{ name: 'a', key: [], requests: 1, per: 'day', burst: 5, keys: 8 }],
    [{ name: 'a', key: ['client', 'header:X-Tenant'], requests: 1, per: 'hour' }],
    [{ name: 'a', key: ['ip'], requests: 1, per: 'hour' }],
    [{ name: 'a', requests: 0, per: 'second' }],
    [{ name: 'a', requests: 1, per: 'fortnight' }],
    [{ name: 'A', requests: 1, per: 'day' }],
    [{ requests: 1, per: 'day' }],
    [],
    [{ name: 'a', key: [], concurrent: 5 }],
    [{ name: 'a', concurrent: 0 }],
    [{ name: 'a' }],
    [{ name: 'a', requests: 1 }],
    [{ name: 'a', per: 'day', concurrent: 1 }],
    [{ name: 'a', requests: 1, per: 'day', concurrent: 1 }],
    [{ name: 'a', cost: 2, concurrent: 1 }],
    [{ name: 'a', requests: 10, per: 'day', cost: 10, costHeader: 'X-Cost' }],
    [{ name: 'a', requests: 10, per: 'day', cost: 11 }],
    [{ name: 'a', requests: 10, per: 'day', burst: 2, cost: 3 }],
    [{ name: 'a', requests: 1, per: 'day', costHeader: 'X Cost' }],
    [{ name: 'a', requests: 1, per: 'day', networks: { ipv4: 24, ipv6: 48 } }],
    [{ name: 'a', requests: 1, per: 'day', networks: { ipv4: 33 } }],
    [{ name: 'a', requests: 1, per: 'day', networks: { ipv6: 0 } }],
    [{ name: 'a', requests: 1, per: 'day', when: { methods: ['POST'], headers: [{ name: 'A', value: 'b' }] } }],
    [{ name: 'a', requests: 1, per: 'day', when: { methods: ['post'] } }],
    [{ name: 'a', requests: 1, per: 'day', when: { methods: [] } }],
    [{ name: 'a', requests: 1, per: 'day', when: { headers: [{ value: 'b' }] } }],
    Array.from({ length: 17 }, (_, i) => ({ name: `l${i}`, requests: 1, per: 'day' })),
  ].map((limits) => rateLimitPolicy({ limits })),
  ...[
    [{ group: '', kind: 'Service', name: 'web' }],
    [{ group: 'networking.k8s.io', kind: 'IngressClass', name: 'sluice' }],
    [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web', host: '*.example.com', path: '/login' }],
    [{ group: 'networking.k8s.io', kind: 'Service', name: 'web' }],
    [{ group: '', kind: 'Service', name: 'web', path: '/login' }],
    [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web', path: 'login' }],
    [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web', host: 'Example.com' }],
  ].map((targetRefs) => rateLimitPolicy({ targetRefs })),
  ...[
    { status: 503, body: 'later', headers: ['RateLimit', 'X-RateLimit'] },
    { status: 200 },
    { headers: ['Rate'] },
  ].map((response) => rateLimitPolicy({ response })),
  ...[
    { variants: [{ name: 'a', service: 'next' }] },
    { variants: [{ name: 'a', service: 'next', port: 80, weight: 0 }], rules: [{ host: '*.a.test', path: '/' }] },
    { mirror: { service: 'next' } },
    { matches: [{ variant: 'primary', query: [{ name: 'v', pattern: '(v1|v2)[.][0-9]+' }], clients: ['10.0.0.1'] }] },
    { matches: [{ variant: 'canary', cookies: [{ name: 'a', value: '' }], headers: [{ name: 'B' }] }] },
    { matches: [{ variant: 'canary', clients: [] }] },
    { assignment: { key: 'claim:sub' } },
    { assignment: { key: 'session', cookieName: 'a', cookieMaxAgeSeconds: 1 } },
    { assignment: { key: 'claim:' } },
    {
      variants: [{ name: 'canary', service: 'next' }],
      analysis: { steps: [{ weight: 1, approval: true }] },
      paused: true,
    },
    { analysis: {} },
    ...[
      [{ name: 'orders', prometheus: PROMETHEUS, max: 0.5 }],
      [{ name: 'orders', prometheus: { ...PROMETHEUS, address: 'https://[::1]:9090/a/b' }, max: 1, min: -1 }],
      [
        {
          name: 'orders',
          prometheus: PROMETHEUS,
          min: 1,
          interval: '5s',
          timeout: '1s',
          failures: 1,
          unavailable: 'Hold',
        },
      ],
      [{ name: 'orders', prometheus: PROMETHEUS }],
      [{ name: 'orders', prometheus: PROMETHEUS, max: '0.5' }],
      [{ name: 'orders', prometheus: PROMETHEUS, max: 1, interval: '1s' }],
      [{ name: 'orders', prometheus: { ...PROMETHEUS, address: 'http://me:secret@prometheus' }, max: 1 }],
      [{ name: 'orders', prometheus: { address: 'http://prometheus' }, max: 1 }],
      [
        { name: 'orders', prometheus: PROMETHEUS, max: 1 },
        { name: 'orders', prometheus: PROMETHEUS, min: 1 },
      ],
      [],
    ].map((metrics) => ({
      variants: [{ name: 'canary', service: 'next' }],
      analysis: { steps: [{ weight: 1, approval: true }], metrics },
    })),
    { matches: [{ variant: 'canary', methods: ['GET'] }] },
    { weights: [] },
  ].map(canaryPolicy),
  ...BUFFERS.map((header) => config({ limits: { header } })),
  ...[[], ['10.0.0.0/8', '::1', 'fd00::/8'], ['10.0.0.0/33'], ['everywhere'], '10.0.0.0/8'].map((trustedProxies) =>
    config({ trustedProxies }),
  ),
  ...['debug', 'loud', 5].map((level) => config({ logs: { level } })),
  ...[true, 'true'].map((forwardedHeader) => config({ forwardedHeader })),
  config({}),
  config({ routeDefaults: { retry: { attempts: 1 } }, backendDefaults: { connections: { maxIdle: 1 } } }),
]

function routePolicy(spec: object): readonly [string, object] {
  return ['RoutePolicy', { targetRefs: TARGETS.RoutePolicy, ...spec }]
}

function backendPolicy(spec: object): readonly [string, object] {
  return ['BackendPolicy', { targetRefs: TARGETS.BackendPolicy, ...spec }]
}

function rateLimitPolicy(spec: object): readonly [string, object] {
  const limits = [{ name: 'a', requests: 1, per: 'day' }]
  return ['RateLimitPolicy', { targetRefs: TARGETS.RoutePolicy, limits, ...spec }]
}

function canaryPolicy(spec: object): readonly [string, object] {
  const variants = [{ name: 'canary', service: 'next', weight: 10 }]
  return ['CanaryPolicy', { targetRefs: TARGETS.BackendPolicy, variants, ...spec }]
}

function config(spec: object): readonly [string, object] {
  return ['SluiceConfig', spec]
}

test('the API server takes the values that we take, and no others', async () => {
  for (const [kind, spec] of SPECS) {
    const object = { apiVersion: 'sluice.dev/v1alpha1', kind, metadata: { name: 'one' }, spec }
    const [ours, theirs] = [readable(object), await isTaken(collection(kind), object)]
    assert.equal(theirs, ours, JSON.stringify(object))
  }
})

test('lists show what became of a policy and what it is for', async () => {
  const [kind, spec] = routePolicy({})
  const object = { apiVersion: 'sluice.dev/v1alpha1', kind, metadata: { name: 'shown' }, spec }
  await cluster.client.create(collection(kind), object)
  const [head = '', line = ''] = (await kubectl(cluster, ['get', 'rtp'])).split('\n')
  assert.deepEqual(head.split(/\s+/).filter(Boolean), ['NAME', 'TARGETS', 'ACCEPTED', 'PROGRAMMED', 'AGE'])
  assert.match(line, /^shown\s+web\s/)
  assert.match(await kubectl(cluster, ['explain', 'routepolicy.spec.timeouts.request']), /retries included/)
  assert.match(await kubectl(cluster, ['get', 'sluice']), /shown/)
})

test('annotations are judged by the API server as we judge them', async () => {
  const policy = `${ROOT}charts/sluice/files/validating-admission-policy.yaml`
  await kubectl(cluster, ['apply', '-f', policy])
  const binding = ['patch', 'validatingadmissionpolicybinding', 'sluice-annotations', '--type=merge']
  await kubectl(cluster, [...binding, '-p', JSON.stringify({ spec: { validationActions: ['Deny'] } })])
  await until({ what: 'the policy to be in force' }, async () => {
    return !(await isTaken(INGRESSES, ingress({ [`${SLUICE_PREFIX}retyr`]: '1' }))) || undefined
  })
  const fields = new Map(leavesOf(INGRESS_OPTIONS).map(({ path, field }) => [path, field as LineField<unknown>]))
  const texts = [...DURATIONS, ...SIZES, '10', '11', '-1', 'true', 'soon'].map(String)
  for (const [name, path] of Object.entries(SLUICE_ANNOTATIONS)) {
    for (const text of texts) {
      const ours = parseText(fields.get(path)!, text).ok
      assert.equal(await isTaken(INGRESSES, ingress({ [SLUICE_PREFIX + name]: text })), ours, `${name}: ${text}`)
    }
  }
  assert.equal(await isTaken(INGRESSES, ingress({ 'example.com/retyr-attempts': 'x' })), true)
  const refusal = await cluster.client
    .create(`${INGRESSES}?dryRun=All`, ingress({ [`${SLUICE_PREFIX}retyr`]: '1' }))
    .then(
      () => '',
      (error: Error) => error.message,
    )
  assert.match(refusal, /there is no annotation sluice\.dev\/retyr; there are sluice\.dev\/connect-timeout/)
})

test('annotations of Services are judged so too', async () => {
  const binding = ['patch', 'validatingadmissionpolicybinding', 'sluice-service-annotations', '--type=merge']
  await kubectl(cluster, [...binding, '-p', JSON.stringify({ spec: { validationActions: ['Deny'] } })])
  await until({ what: 'the policy to be in force' }, async () => {
    return !(await isTaken(SERVICES, service({ [`${SLUICE_PREFIX}retyr`]: '1' }))) || undefined
  })
  const texts = ['10', '0', '-1', 'true', '5s', 'soon', 'maglev', 'client, path', '/x', 'HTTPS', 'None', ''].map(String)
  for (const [name, { field }] of Object.entries(SERVICE_ANNOTATIONS)) {
    for (const text of texts) {
      const ours = parseText(field, text).ok
      assert.equal(await isTaken(SERVICES, service({ [SLUICE_PREFIX + name]: text })), ours, `${name}: ${text}`)
    }
  }
})

test('there are definitions', () => assert.ok(readdirSync(`${ROOT}crds`).length >= 3))

function readable(object: object): boolean {
  const decoded = decodeObject(object, { unknownFields: 'ignore' })
  if (decoded.outcome !== 'object') return false
  const { spec } = decoded.object as { readonly spec?: unknown }
  const { faults } = spec as { readonly faults: readonly unknown[] }
  return faults.length === 0
}

function collection(kind: string): string {
  const { plural, namespaced } = OWN_KINDS.find((row) => row.kind === `${kind}.sluice.dev`)!
  return `/apis/sluice.dev/v1alpha1/${namespaced ? 'namespaces/default/' : ''}${plural}`
}

/** Misspelt fields are refused where the client asks for that, as kubectl does. */
async function isTaken(path: string, object: object): Promise<boolean> {
  try {
    await cluster.client.create(`${path}?dryRun=All&fieldValidation=Strict`, object)
    return true
  } catch (error) {
    if (error instanceof ApiError && (error.status === 422 || error.status === 400)) return false
    throw error
  }
}

function service(annotations: Record<string, string>): object {
  return { metadata: { name: 'web', annotations }, spec: { ports: [{ port: 80 }] } }
}

function ingress(annotations: Record<string, string>): object {
  const backend = { service: { name: 'web', port: { number: 80 } } }
  return { metadata: { name: 'judged', annotations }, spec: { defaultBackend: backend } }
}
