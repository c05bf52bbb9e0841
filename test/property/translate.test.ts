/** Whatever objects hold: the translation throws nothing, and no route leads nowhere. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Store } from '../../src/controller/store.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { ingress, meta, path, put, service, slice } from '../translate/world.ts'

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
