import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from './api/kubernetes/decode.ts'
import { type Entry, Store } from './store.ts'

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

/** What is not as it was after these came. */
function touched(store: Store, ...entries: readonly Entry[]): readonly string[] {
  return [...store.apply(entries, [])]
}

function storeOf(...entries: readonly Entry[]): Store {
  const store = new Store()
  store.apply(entries, [])
  return store
}

test('what others write into the status of an Ingress is known, and changes nothing', () => {
  const store = storeOf(ingress('web'))
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } }
  const written = entry('networking.k8s.io/v1', 'Ingress', 'web', { spec: {}, status })
  assert.deepEqual(touched(store, written), [])
  assert.equal(store.object(written.ref), written.object)
})

test('an object that goes and was never there changes nothing', () => {
  assert.deepEqual([...storeOf().apply([], [service('web').ref])], [])
})

test('what came, changed or went is named', () => {
  const store = storeOf()
  assert.deepEqual(touched(store, service('web'), ingress('web')), ['Service/shop/web', 'Ingress/shop/web'])
  assert.deepEqual([...store.apply([], [service('web').ref])], ['Service/shop/web'])
})

test('a slice is named as one of its Service', () => {
  assert.deepEqual(touched(storeOf(), slice('web-1', 'web')), ['Slices/shop/web'])
})

test('a slice that moves to another Service is named for both', () => {
  const store = storeOf(slice('web-1', 'web'))
  assert.deepEqual(touched(store, slice('web-1', 'other')), ['Slices/shop/web', 'Slices/shop/other'])
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
const WEB = ['Slices/shop/web']

test('a Pod that ends matters to the endpoints of those whose slices name it, and to nothing else', () => {
  const store = storeOf(podSlice('web-1', 'web', 'a'), podSlice('other-1', 'other', 'b'), pod('a'), pod('b'))
  assert.deepEqual(touched(store, pod('a', { ends: true })), WEB)
  assert.deepEqual(touched(store, pod('b', { ends: true })), ['Slices/shop/other'])
  assert.deepEqual(touched(store, pod('c', { ends: true })), [])
})

test('of a Pod, only its end matters: not what becomes of it otherwise', () => {
  const store = storeOf(podSlice('web-1', 'web', 'a'), pod('a'))
  const before = store.view().slices('shop', 'web')
  assert.deepEqual(touched(store, pod('a', { ready: 'False' })), [])
  assert.equal(store.view().slices('shop', 'web'), before)
  store.apply([pod('a', { ends: true })], [])
  assert.notEqual(store.view().slices('shop', 'web'), before)
  assert.deepEqual(touched(store, pod('a', { ends: true, ready: 'False' })), [])
  assert.deepEqual(touched(store, pod('a', { ends: true, grace: 1 })), WEB)
})

test('a Pod whose slice comes later counts from then on', () => {
  const store = storeOf(pod('a', { ends: true }))
  assert.deepEqual(touched(store, podSlice('web-1', 'web', 'a')), WEB)
  assert.ok(store.view().pod('shop', 'a', 'a-uid')?.metadata.deletionTimestamp !== undefined)
})

test('a Pod that ended is known as long as a slice names it', () => {
  const store = storeOf(podSlice('web-1', 'web', 'a'), pod('a', { ends: true }))
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
  const store = storeOf(podSlice('web-1', 'web', 'a'), pod('a', { ends: true }))
  store.apply([], [pod('a').ref])
  store.apply([pod('a', { uid: 'next' })], [])
  assert.ok(store.view().pod('shop', 'a', 'a-uid')?.metadata.deletionTimestamp !== undefined)
  assert.equal(store.view().pod('shop', 'a', 'next')?.metadata.deletionTimestamp, undefined)
})

test('a Pod that is out of sight without having been told to end is only that', () => {
  const store = storeOf(podSlice('web-1', 'web', 'a'), pod('a'))
  store.apply([], [pod('a').ref])
  assert.equal(store.view().pod('shop', 'a', 'a-uid'), undefined)
})

test('a Pod in several slices of several Services matters to each, until the last one is gone', () => {
  const store = storeOf(podSlice('web-1', 'web', 'a'), podSlice('web-2', 'web', 'a'), pod('a'))
  store.apply([], [podSlice('web-1', 'web').ref])
  assert.deepEqual(touched(store, pod('a', { ends: true })), WEB)
  store.apply([], [podSlice('web-2', 'web').ref])
  assert.deepEqual(touched(store, pod('a')), [])
})

test('slices of a Service are found together, also beside one of the same name', () => {
  const store = storeOf(slice('web', 'web'), slice('web-2', 'web'), slice('x', 'other'))
  const names = store
    .view()
    .slices('shop', 'web')
    .map(({ metadata }) => metadata.name)
  assert.deepEqual(names.sort(), ['web', 'web-2'])
})

test('what DNS says is known until it is forgotten', () => {
  const store = storeOf()
  assert.deepEqual([...store.resolve({ host: 'a.example', addresses: ['192.0.2.1'] })], ['Resolution//a.example'])
  store.keepResolutions(new Set(['a.example']))
  assert.deepEqual(store.view().resolution('a.example')?.addresses, ['192.0.2.1'])
  store.keepResolutions(new Set())
  assert.equal(store.view().resolution('a.example'), undefined)
})

test('an object is found by kind, namespace and name together', () => {
  const store = storeOf(service('web'))
  assert.equal(store.view().service('shop', 'web')?.metadata.name, 'web')
  assert.equal(store.view().service('blog', 'web'), undefined)
  assert.equal(store.view().secret('shop', 'web'), undefined)
})

test('the zone that we are in is learnt from endpoints on our node', () => {
  const at = (name: string, nodeName: string, zone: string) =>
    entry('discovery.k8s.io/v1', 'EndpointSlice', name, {
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], nodeName, zone }] },
    })
  const store = new Store('ours')
  assert.deepEqual(touched(store, at('b', 'theirs', 'b')), ['Slices/shop/'])
  assert.equal(store.view().ownZone(), undefined)
  assert.deepEqual(touched(store, at('a', 'ours', 'a')), ['Slices/shop/', 'Zone//own'])
  assert.deepEqual(touched(store, at('a-2', 'ours', 'a')), ['Slices/shop/'])
  store.apply([], [at('a', 'ours', 'a').ref, at('a-2', 'ours', 'a').ref])
  assert.equal(store.view().ownZone(), 'a')
  assert.equal(new Store().view().ownZone(), undefined)
})
