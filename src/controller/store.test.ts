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

const podSlice = (name: string, ofService: string, ...pods: readonly string[]) =>
  entry('discovery.k8s.io/v1', 'EndpointSlice', name, {
    metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': ofService } },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => ({
      addresses: ['10.0.0.1'],
      targetRef: { kind: 'Pod', name: pod, uid: `${pod}-uid` },
    })),
  })
interface PodState {
  readonly uid?: string
  readonly ends?: boolean
  readonly grace?: number
  readonly ready?: string
}
const pod = (name: string, { uid = `${name}-uid`, ends = false, grace = 30, ready = 'True' }: PodState = {}) =>
  entry('v1', 'Pod', name, {
    metadata: {
      ...{ name, namespace: 'shop', uid },
      ...(ends ? { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: grace } : {}),
    },
    spec: { containers: [], terminationGracePeriodSeconds: 30 },
    status: { conditions: [{ type: 'Ready', status: ready }] },
  })
const WEB = { all: false, feeds: ['Slices/shop/web'] }

test('a Pod that ends matters to the endpoints of those whose slices name it, and to nothing else', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), podSlice('other-1', 'other', 'b'), pod('a'), pod('b'))
  assert.deepEqual(shown(store.apply([pod('a', { ends: true })], [])), WEB)
  assert.deepEqual(shown(store.apply([pod('b', { ends: true })], [])), NOTHING)
  assert.deepEqual(shown(store.apply([pod('c', { ends: true })], [])), NOTHING)
})

test('of a Pod, only its end matters: not what becomes of it otherwise', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), pod('a'))
  const before = store.view().slices('shop', 'web')
  assert.deepEqual(shown(store.apply([pod('a', { ready: 'False' })], [])), NOTHING)
  assert.equal(store.view().slices('shop', 'web'), before)
  store.apply([pod('a', { ends: true })], [])
  assert.notEqual(store.view().slices('shop', 'web'), before)
  assert.deepEqual(shown(store.apply([pod('a', { ends: true, ready: 'False' })], [])), NOTHING)
  assert.deepEqual(shown(store.apply([pod('a', { ends: true, grace: 1 })], [])), WEB)
})

test('a Pod whose slice comes later counts from then on', () => {
  const store = askedStore(pod('a', { ends: true }))
  assert.deepEqual(shown(store.apply([podSlice('web-1', 'web', 'a')], [])), WEB)
  assert.ok(store.view().pod('shop', 'a', 'a-uid')?.metadata.deletionTimestamp !== undefined)
})

test('a Pod that ended is known as long as a slice names it', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), pod('a', { ends: true }))
  const ended = () => store.view().pod('shop', 'a', 'a-uid')?.metadata.deletionTimestamp !== undefined
  store.apply([], [pod('a').ref])
  assert.equal(ended(), true)
  store.apply([podSlice('web-1', 'web', 'a', 'b')], [])
  assert.equal(ended(), true)
  store.apply([podSlice('web-1', 'web', 'b')], [])
  assert.equal(ended(), false)
  assert.equal(store.view().pod('shop', 'a', 'a-uid'), undefined)
})

test('a Pod that ended is not mistaken for the next one of its name', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), pod('a', { ends: true }))
  store.apply([], [pod('a').ref])
  store.apply([pod('a', { uid: 'next' })], [])
  assert.ok(store.view().pod('shop', 'a', 'a-uid')?.metadata.deletionTimestamp !== undefined)
  assert.equal(store.view().pod('shop', 'a', 'next')?.metadata.deletionTimestamp, undefined)
})

test('a Pod that is out of sight without having been told to end is only that', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), pod('a'))
  store.apply([], [pod('a').ref])
  assert.equal(store.view().pod('shop', 'a', 'a-uid'), undefined)
})

test('a Pod in several slices of several Services matters to each, until the last one is gone', () => {
  const store = askedStore(podSlice('web-1', 'web', 'a'), podSlice('web-2', 'web', 'a'), pod('a'))
  store.apply([], [podSlice('web-1', 'web').ref])
  assert.deepEqual(shown(store.apply([pod('a', { ends: true })], [])), WEB)
  store.apply([], [podSlice('web-2', 'web').ref])
  assert.deepEqual(shown(store.apply([pod('a')], [])), NOTHING)
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

test('the zone that we are in is learnt from endpoints on our node, and matters where it was asked for', () => {
  const at = (name: string, nodeName: string, zone: string) =>
    entry('discovery.k8s.io/v1', 'EndpointSlice', name, {
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], nodeName, zone }] },
    })
  const store = new Store('ours')
  assert.deepEqual(shown(store.apply([at('b', 'theirs', 'b')], [])), NOTHING)
  const view = store.view()
  assert.equal(view.ownZone(), undefined)
  store.remember(view)
  assert.deepEqual(shown(store.apply([at('a', 'ours', 'a')], [])), ALL)
  assert.deepEqual(shown(store.apply([at('a-2', 'ours', 'a')], [])), NOTHING)
  store.apply([], [at('a', 'ours', 'a').ref, at('a-2', 'ours', 'a').ref])
  assert.equal(store.view().ownZone(), 'a')
  assert.equal(new Store().view().ownZone(), undefined)
})
