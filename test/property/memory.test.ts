/** Whatever changed since the last translation: with what that one left, the next comes out as if it was the first. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import { LiveTranslation } from '../../src/controller/live-translation.ts'
import { Store } from '../../src/controller/store.ts'
import { Memory } from '../../src/controller/translate/memory.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'

const ROUNDS = 1_500
const OPTIONS = { ...DEFAULT_OPTIONS, allowExternalName: true, serveWithoutClass: true }

type Make = (name: string, pick: <T>(...choices: readonly T[]) => T) => object

const NAMES = ['a', 'b', 'c'] as const
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
      annotations: pick({}, { 'sluice.dev/request-timeout': '5s' }, { 'sluice.dev/retyr': '1' }),
    },
    spec: {
      ingressClassName: pick('sluice', 'other', undefined),
      defaultBackend: pick(undefined, backend(pick(...NAMES))),
      tls: pick([], [{ hosts: ['a.test'], secretName: pick(...NAMES) }]),
      rules: [rule(pick('a.test', 'b.test', 'B.test'), pick(...NAMES)), rule(undefined, pick(...NAMES))],
    },
  }),
  Service: (name, pick) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: pick<object>(
      { ports: [{ port: pick(80, 81), name: 'http' }], ipFamilies: pick(['IPv4'], []) },
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
      ...pick({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { containers: [], terminationGracePeriodSeconds: pick(1, 2) },
  }),
  Secret: (name, pick) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'shop' },
    type: pick('kubernetes.io/tls', 'Opaque'),
    data: {},
  }),
  IngressClass: (_, pick) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'sluice' },
    spec: {
      controller: pick('sluice.dev/ingress-controller', 'sluice.dev/ingress-controller', 'somebody.test/else'),
      parameters: pick(undefined, { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: pick(...NAMES) }),
    },
  }),
  SluiceConfig: (name, pick) =>
    own('SluiceConfig', name, { routeDefaults: { timeouts: { request: pick('5s', '6s', 'bad') } } }),
  RoutePolicy: (name, pick) =>
    own('RoutePolicy', name, {
      targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: pick(...NAMES) }],
      retry: { attempts: pick(1, 2) },
    }),
  BackendPolicy: (name, pick) =>
    own('BackendPolicy', name, {
      targetRefs: [{ group: '', kind: 'Service', name: pick(...NAMES) }],
      timeouts: { response: pick('1s', '2s') },
    }),
}

function backend(name: string): object {
  return { service: { name, port: { number: 80 } } }
}

function rule(host: string | undefined, service: string): object {
  return { host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend(service) }] } }
}

/** Puts or removes any object. */
function change(store: Store, random: Random) {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!
  const decoded = decodeObject(MAKE[pick(...Object.keys(MAKE))]!(pick(...NAMES), pick))
  assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
  return random() < 0.3 ? store.apply([], [decoded.ref]) : store.apply([decoded], [])
}

for (const seed of [1, 2, 3]) {
  test(`a translation with memory is as good as one without (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const store = new Store()
    const memory = new Memory()
    const wanted = { routes: 0, problems: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const view = store.view()
      const quick = translate(view, OPTIONS, memory)
      const slow = translate(store.view(), OPTIONS)
      assert.deepEqual([...quick.snapshot], [...slow.snapshot], `round ${round}`)
      assert.deepEqual(quick.problems, slow.problems, `round ${round}`)
      store.remember(view)
      wanted.routes += quick.snapshot.size
      wanted.problems += quick.problems.length
      const { feeds } = change(store, random)
      // Endpoints that were done anew meanwhile must not be taken for what the next translation starts from.
      if (feeds.size > 0) new LiveTranslation(quick).refresh(feeds, { view: store.view(), options: OPTIONS })
      if (random() < 0.2) {
        const host = random() < 0.5 ? 'x.test' : 'y.test'
        store.resolve({ host, addresses: [random() < 0.5 ? '192.0.2.1' : '192.0.2.2'] })
      }
    }
    assert.ok(wanted.routes > ROUNDS && wanted.problems > ROUNDS, JSON.stringify(wanted))
  })

  test(`a translation with memory asks what one without asks (seed ${seed})`, () => {
    const random = seededRandom(seed + 100)
    const store = new Store()
    const memory = new Memory()
    for (let round = 0; round < ROUNDS; round++) {
      const [quick, slow] = [store.view(), store.view()]
      translate(quick, OPTIONS, memory)
      translate(slow, OPTIONS)
      assert.deepEqual([...quick.asked].sort(), [...slow.asked].sort(), `round ${round}`)
      assert.deepEqual([...quick.hosts].sort(), [...slow.hosts].sort(), `round ${round}`)
      change(store, random)
    }
  })
}
