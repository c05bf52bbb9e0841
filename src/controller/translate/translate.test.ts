/** What golden cases cannot show: parts of a translation done anew, and input that nobody would write by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../lib/random.ts'
import { decodeObject } from '../api/kubernetes/decode.ts'
import { Store } from '../store.ts'
import { DEFAULT_OPTIONS } from './options.ts'
import { refreshEndpoints, translate } from './translate.ts'
import { sliceFeed } from './view.ts'

function put(store: Store, raw: unknown): void {
  const decoded = decodeObject(raw)
  if (decoded.outcome === 'object') store.apply([decoded], [])
}

const meta = (name: string, more: object = {}) => ({ name, namespace: 'shop', ...more })
const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name),
  spec: { ports: [{ port: 80 }] },
})
const slice = (name: string, addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: meta(`${name}-1`, { labels: { 'kubernetes.io/service-name': name } }),
  addressType: 'IPv4',
  ports: [{ port: 8080 }],
  endpoints: [{ addresses }],
})
const ingress = (...services: readonly string[]) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: meta('web'),
  spec: {
    ingressClassName: 'sluice',
    rules: [{ http: { paths: services.map((name) => path(`/${name}`, name)) } }],
  },
})
const path = (value: string, name: string) => ({
  path: value,
  pathType: 'Prefix',
  backend: { service: { name, port: { number: 80 } } },
})

/** A world of two Services with one good endpoint each. */
function setUp() {
  const store = new Store()
  for (const raw of [
    service('a'),
    service('b'),
    slice('a', ['10.0.0.1']),
    slice('b', ['10.0.0.2']),
    ingress('a', 'b'),
  ]) {
    put(store, raw)
  }
  return { store, first: translate(store.view(), DEFAULT_OPTIONS) }
}

test('endpoints done anew give what a whole translation would', () => {
  const { store, first } = setUp()
  put(store, slice('a', ['10.0.0.7', '127.0.0.1']))
  const feeds = new Set([sliceFeed('shop', 'a')])
  const refreshed = refreshEndpoints(first, feeds, { view: store.view(), options: DEFAULT_OPTIONS })
  const whole = translate(store.view(), DEFAULT_OPTIONS)
  assert.deepEqual(refreshed.snapshot, whole.snapshot)
  assert.deepEqual(refreshed.problems, whole.problems)
  assert.equal(refreshed.problems.length, 1)
})

test('only the endpoints of the feeds that changed are done anew', () => {
  const { store, first } = setUp()
  put(store, slice('a', ['10.0.0.7']))
  put(store, slice('b', ['10.0.0.8']))
  const feeds = new Set([sliceFeed('shop', 'b')])
  const { snapshot } = refreshEndpoints(first, feeds, { view: store.view(), options: DEFAULT_OPTIONS })
  assert.match(snapshot.get('endpoints/shop/a:80') ?? '', /10\.0\.0\.1/)
  assert.match(snapshot.get('endpoints/shop/b:80') ?? '', /10\.0\.0\.8/)
})

test('the same world gives the same texts, whatever the order in which it came', () => {
  const { first } = setUp()
  const store = new Store()
  for (const raw of [
    ingress('a', 'b'),
    slice('b', ['10.0.0.2']),
    service('b'),
    slice('a', ['10.0.0.1']),
    service('a'),
  ]) {
    put(store, raw)
  }
  assert.deepEqual([...translate(store.view(), DEFAULT_OPTIONS).snapshot], [...first.snapshot])
})

test('the settings of the operator are passed through', () => {
  const settings = { ...DEFAULT_OPTIONS.settings, sendForwarded: true }
  const { snapshot } = translate(new Store().view(), { ...DEFAULT_OPTIONS, settings })
  assert.deepEqual([...snapshot], [['settings/global', JSON.stringify(settings)]])
})

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
  const ingressClass = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: meta('sluice'), spec: {} }
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
    ]
    const odd = world.map((raw) => mutate(random, raw))
    for (const raw of odd) put(store, raw)
    const context = () => `seed ${seed}, round ${round}: ${JSON.stringify(odd)}`
    try {
      const { snapshot } = translate(store.view(), {
        ...DEFAULT_OPTIONS,
        serveWithoutClass: true,
        allowExternalName: true,
      })
      assertClosed(snapshot)
    } catch (error) {
      throw new Error(context(), { cause: error })
    }
  }
})

/** Every cluster that a route names is there, with its endpoints. */
function assertClosed(snapshot: ReadonlyMap<string, string>): void {
  for (const [key, text] of snapshot) {
    if (!key.startsWith('virtualHost/')) continue
    for (const { action } of JSON.parse(text).routes) {
      if (action.kind === 'reply') continue
      for (const { name } of action.clusters) {
        assert.ok(snapshot.has(`cluster/${name}`) && snapshot.has(`endpoints/${name}`), `${name} is missing`)
      }
    }
  }
}
