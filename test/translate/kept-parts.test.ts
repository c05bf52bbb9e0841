/** What changes on a host or a cluster that nothing was said of: it is made anew all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Store } from '../../src/controller/store.ts'
import { Memory } from '../../src/controller/translate/memory.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { patch, type ResourceKey } from '../../src/model/snapshot.ts'
import { material } from './any-object.ts'
import { ingress, meta, path, put, service, slice, snapshotOf } from './world.ts'

/** Translates after each step, and what is said of all of them comes to what one translation says at the end. */
function told(options: Partial<TranslateOptions>, ...steps: readonly (readonly object[])[]) {
  const all = { ...DEFAULT_OPTIONS, ...options }
  const [store, memory] = [new Store(), new Memory()]
  const snapshot = new Map<ResourceKey, string>()
  for (const step of steps) {
    for (const raw of step) memory.note(put(store, raw))
    patch(snapshot, translate(store.view(), all, memory).translated)
  }
  const whole = snapshotOf(translate(store.view(), all))
  assert.deepEqual(new Map([...snapshot].sort()), new Map([...whole].sort()))
  return snapshot
}

const named = (name: string, spec: object, annotations = {}) => {
  return { ...ingress(), metadata: meta(name, { annotations }), spec: { ingressClassName: 'sluice', ...spec } }
}
const rule = (host: string, value = '/') => ({ host, http: { paths: [path(value, 'a')] } })
const tls = (hosts: readonly string[]) => [{ hosts, secretName: 'tls' }]
const secret = {
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: meta('tls'), type: 'kubernetes.io/tls' },
  data: material('c.test'),
}

test('a name that nobody serves loses its certificate when a wildcard over it is served, and gets it back', () => {
  const wish = named('wish', { rules: [rule('a.test')], tls: tls(['c.test']) })
  const wildcard = named('wild', { rules: [rule('*.test')] })
  const gone = named('wild', { rules: [rule('b.test')] })
  assert.equal(told({}, [secret, wish]).has('serverName/c.test'), true)
  assert.equal(told({}, [secret, wish], [wildcard]).has('serverName/c.test'), false)
  assert.equal(told({}, [secret, wish], [wildcard], [gone]).has('serverName/c.test'), true)
})

test('the default backend of the operator comes to all hosts when its Service does', () => {
  const options = { defaultBackend: 'shop/last:80' }
  const snapshot = told(options, [service('a'), named('web', { rules: [rule('a.test', '/x')] })], [service('last')])
  assert.match(snapshot.get('virtualHost/a.test') ?? '', /shop\/last:80/)
})

test('what holds for TLS is said of a host where it is not what holds for the process, which may change', () => {
  const classes = ['sluice', 'other'].map((name) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name, creationTimestamp: name === 'sluice' ? '2026-01-01T00:00:00Z' : '2026-02-01T00:00:00Z' },
    spec: {
      controller: 'sluice.dev/ingress-controller',
      parameters: { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name },
    },
  }))
  const config = (name: string, versions: readonly string[]) => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'SluiceConfig',
    metadata: { name },
    spec: { routeDefaults: { tls: { versions } } },
  })
  const web = named('web', { ingressClassName: 'other', rules: [rule('c.test')], tls: tls(['c.test']) })
  const world = [...classes, config('sluice', ['1.3']), config('other', ['1.3']), secret, web]
  assert.doesNotMatch(told({}, world).get('serverName/c.test') ?? '', /versions/)
  assert.match(told({}, world, [config('sluice', ['1.2', '1.3'])]).get('serverName/c.test') ?? '', /versions/)
})

test('what is asked of all endpoints may change while nothing else does', () => {
  const ingressClass = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'sluice' },
    spec: {
      controller: 'sluice.dev/ingress-controller',
      parameters: { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: 'main' },
    },
  }
  const config = (prefer: string) => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'SluiceConfig',
    metadata: { name: 'main' },
    spec: { backendDefaults: { loadBalancing: { prefer } } },
  })
  const endpoints = ['x', 'y'].map((zone, i) => ({ addresses: [`10.0.0.${i + 1}`], zone }))
  const world = [service('a'), { ...slice('a', []), endpoints }, named('web', { rules: [rule('a.test')] })]
  const near = (...configs: readonly object[]) =>
    told({ zone: 'x' }, [...world, ingressClass, config('none')], ...configs.map((each) => [each])).get(
      'endpoints/shop/a:80',
    ) ?? ''
  assert.doesNotMatch(near(), /near/)
  assert.match(near(config('zone')), /near/)
})
