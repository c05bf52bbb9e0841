import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from './api/kubernetes/decode.ts'
import { type Entry, type Impact, Store } from './store.ts'

function entry(apiVersion: string, kind: string, name: string, more: object = {}): Entry {
  const decoded = decodeObject({ apiVersion, kind, metadata: { name, namespace: 'shop' }, ...more })
  assert.equal(decoded.outcome, 'object')
  return { ref: decoded.ref, object: decoded.object }
}

const service = (name: string) => entry('v1', 'Service', name, { spec: {} })
const ingress = (name: string) => entry('networking.k8s.io/v1', 'Ingress', name, { spec: {} })
const slice = (name: string, ofService: string) =>
  entry('discovery.k8s.io/v1', 'EndpointSlice', name, {
    metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': ofService } },
    addressType: 'IPv4',
  })

/** A store whose last translation asked for the Service and the slices of `web`, and for the host `a.example`. */
function askedStore(...entries: readonly Entry[]): Store {
  const store = new Store()
  store.apply(entries, [])
  const view = store.view()
  view.service('shop', 'web')
  view.slices('shop', 'web')
  view.resolution('a.example')
  store.remember(view)
  return store
}

const shown = ({ all, feeds }: Impact) => ({ all, feeds: [...feeds].sort() })
const NOTHING = { all: false, feeds: [] }
const ALL = { all: true, feeds: [] }

test('what nobody asked for changes nothing', () => {
  const store = askedStore()
  assert.deepEqual(shown(store.apply([service('other'), slice('other-1', 'other')], [])), NOTHING)
  assert.deepEqual(shown(store.apply([], [service('other').ref])), NOTHING)
})

test('what was asked for and missing matters when it arrives, and when it goes', () => {
  const store = askedStore()
  assert.deepEqual(shown(store.apply([service('web')], [])), ALL)
  assert.deepEqual(shown(store.apply([], [service('web').ref])), ALL)
})

test('what others write into the status of an Ingress is known, and changes nothing', () => {
  const store = askedStore(ingress('web'))
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  const written = entry('networking.k8s.io/v1', 'Ingress', 'web', { spec: {}, status })
  assert.deepEqual(shown(store.apply([written], [])), NOTHING)
  assert.equal(store.object(written.ref), written.object)
})

test('an object that goes and was never there changes nothing', () => {
  assert.deepEqual(shown(askedStore().apply([], [service('web').ref])), NOTHING)
})

test('roots always matter', () => {
  const store = askedStore()
  const policy = entry('sluice.dev/v1alpha1', 'RoutePolicy', 'p', { spec: {} })
  const ingressClass = entry('networking.k8s.io/v1', 'IngressClass', 'sluice')
  for (const root of [ingress('i'), policy, ingressClass]) {
    assert.deepEqual(shown(store.apply([root], [])), ALL, root.ref)
    assert.deepEqual(shown(store.apply([], [root.ref])), ALL, root.ref)
  }
})

test('a slice matters to the endpoints of its Service alone', () => {
  const store = askedStore()
  assert.deepEqual(shown(store.apply([slice('web-1', 'web')], [])), { all: false, feeds: ['Slices/shop/web'] })
  assert.deepEqual(shown(store.apply([slice('web-1', 'web'), ingress('i')], [])), {
    all: true,
    feeds: ['Slices/shop/web'],
  })
})

test('a slice that moves to another Service matters to the one it left', () => {
  const store = askedStore(slice('web-1', 'web'))
  assert.deepEqual(shown(store.apply([slice('web-1', 'other')], [])).feeds, ['Slices/shop/web'])
  assert.equal(store.view().slices('shop', 'web').length, 0)
  assert.equal(store.view().slices('shop', 'other').length, 1)
})

test('slices of a Service are found together, also beside one of the same name', () => {
  const store = askedStore(slice('web', 'web'), slice('web-2', 'web'), slice('x', 'other'))
  const names = store
    .view()
    .slices('shop', 'web')
    .map(({ metadata }) => metadata.name)
  assert.deepEqual(names.sort(), ['web', 'web-2'])
})

test('what DNS says matters where it was asked for, until it is forgotten', () => {
  const store = askedStore()
  assert.deepEqual(shown(store.resolve({ host: 'a.example', addresses: ['192.0.2.1'] })).feeds, [
    'Resolution//a.example',
  ])
  assert.deepEqual(shown(store.resolve({ host: 'b.example', addresses: [] })), NOTHING)
  store.keepResolutions(new Set(['a.example']))
  assert.deepEqual(store.view().resolution('a.example')?.addresses, ['192.0.2.1'])
  store.keepResolutions(new Set())
  assert.equal(store.view().resolution('a.example'), undefined)
})

test('an object is found by kind, namespace and name together', () => {
  const store = askedStore(service('web'))
  assert.equal(store.view().service('shop', 'web')?.metadata.name, 'web')
  assert.equal(store.view().service('blog', 'web'), undefined)
  assert.equal(store.view().secret('shop', 'web'), undefined)
})
