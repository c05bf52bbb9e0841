/** Whatever objects hold: the translation throws nothing, and no route leads nowhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLUSTER_OPTIONS, DEFAULT_AFFINITY } from '../../src/controller/api/backend-policy.ts'
import { INGRESS_OPTIONS } from '../../src/controller/api/route-policy.ts'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { type Translation, translate } from '../../src/controller/translate/translate.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { leavesOf } from '../../src/lib/schema.ts'
import { ingress, meta, path, put, service, slice, snapshotOf } from '../translate/world.ts'

/** Values that stand in the wrong place, and some that are right. */
const ODD = [
  null,
  undefined,
  0,
  -1,
  80,
  70_000,
  1.5,
  true,
  '',
  'web',
  '80',
  '/',
  '/a',
  '*',
  '*.a',
  '10.0.0.1',
  [],
  [null],
  {},
]

const own = (kind: string, name: string, spec: object) => {
  return { apiVersion: 'sluice.dev/v1alpha1', kind, metadata: meta(name), spec }
}

const POLICIES = [
  own('SluiceConfig', 'main', {
    limits: { header: '32Ki', connections: 9 },
    timeouts: { idle: '30s' },
    trustedProxies: ['10.0.0.0/8'],
    logs: { level: 'warn', access: false },
    routeDefaults: { timeouts: { connect: '1s' }, maxBodySize: 1024 },
  }),
  own('RoutePolicy', 'p', {
    targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }],
    timeouts: { request: '1m' },
    retry: { attempts: 1 },
  }),
  own('BackendPolicy', 'b', {
    targetRefs: [{ group: '', kind: 'Service', name: 'a' }],
    timeouts: { connect: '3s' },
    connections: { maxIdle: 4, idleTimeout: '5s' },
  }),
]

/** Replaces some fields of an object by odd ones, at any depth. */
function mutate(random: Random, value: unknown): unknown {
  if (random() < 0.04) return ODD[Math.floor(random() * ODD.length)]
  if (Array.isArray(value)) return value.map((each) => mutate(random, each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mutate(random, each)]))
}

test('whatever objects hold, nothing is thrown and every route has an answer', () => {
  const seed = 20260131
  const random = seededRandom(seed)
  const parameters = { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: 'main' }
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: meta('sluice'),
    spec: { controller: 'sluice.dev/ingress-controller', parameters },
  }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('tls'),
    type: 'kubernetes.io/tls',
    data: { 'tls.crt': 'x' },
  }
  const whole = ingress('a', 'b')
  const tls = [{ hosts: ['a.example'], secretName: 'tls' }]
  const rich = { ...whole, spec: { ...whole.spec, tls, defaultBackend: path('/', 'a').backend } }
  for (let round = 0; round < 3000; round++) {
    const store = new Store()
    const world = [
      rich,
      service('a'),
      service('b'),
      slice('a', ['10.0.0.1']),
      slice('b', ['::1']),
      ingressClass,
      secret,
      ...POLICIES,
    ]
    // Some objects come twice: what they were before may stay in force.
    const odd = [...world, rich, ...POLICIES].map((raw) => mutate(random, raw))
    for (const raw of odd) put(store, raw)
    const context = () => `seed ${seed}, round ${round}: ${JSON.stringify(odd)}`
    try {
      const translation = translate(store.view(), {
        ...DEFAULT_OPTIONS,
        serveWithoutClass: true,
        allowExternalName: true,
      })
      assertClosed(translation)
    } catch (error) {
      throw new Error(context(), { cause: error })
    }
  }
})

const LEAVES = leavesOf({ ...INGRESS_OPTIONS, ...CLUSTER_OPTIONS }).length + Object.keys(DEFAULT_AFFINITY).length

/** Every cluster that a route names is there, with its endpoints, and every value has an origin. */
function assertClosed(translation: Translation): void {
  const snapshot = snapshotOf(translation)
  for (const [key, text] of snapshot) {
    if (!key.startsWith('virtualHost/')) continue
    for (const route of JSON.parse(text).routes) {
      const { action } = route
      if (action.kind === 'reply') continue
      assert.equal(Object.keys(translation.explain(route)).length, LEAVES)
      for (const { name } of action.clusters) {
        assert.ok(snapshot.has(`cluster/${name}`) && snapshot.has(`endpoints/${name}`), `${name} is missing`)
      }
    }
  }
}
