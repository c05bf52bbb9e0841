/** What a change means for a translation that was made before it: nothing, some endpoints, or that it is done again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from '../../src/controller/api/kubernetes/decode.ts'
import type { Ref } from '../../src/controller/api/kubernetes/metadata.ts'
import { Store } from '../../src/controller/store.ts'
import { Memory } from '../../src/controller/translate/memory.ts'
import { DEFAULT_OPTIONS } from '../../src/controller/translate/options.ts'
import { translate } from '../../src/controller/translate/translate.ts'
import { ingress, meta, put, service, slice } from './world.ts'

const NOTHING = { all: false, feeds: [] }
const ALL = { all: true, feeds: [] }
const FEED = { all: false, feeds: ['Slices/shop/a'] }

/** A store with an Ingress that leads to two Services, of which only `a` is there, and what that translates to. */
function setUp(...more: readonly object[]) {
  const store = new Store()
  const memory = new Memory()
  for (const raw of [ingress('a', 'b'), service('a'), slice('a', ['10.0.0.1']), ...more]) put(store, raw)
  const options = { ...DEFAULT_OPTIONS, allowExternalName: true }
  translate(store.view(), options, memory)
  const shown = (touched: ReadonlySet<Ref>) => {
    const { all, feeds } = memory.note(touched)
    return { all, feeds: [...feeds] }
  }
  return {
    arrives: (raw: object) => shown(store.apply([entry(raw)], [])),
    goes: (raw: object) => shown(store.apply([], [entry(raw).ref])),
    resolves: (host: string) => shown(store.resolve({ host, addresses: ['192.0.2.1'] })),
  }
}

function entry(raw: object) {
  const decoded = decodeObject(raw)
  assert.ok(decoded.outcome === 'object')
  return decoded
}

test('what nobody asked for means nothing', () => {
  const { arrives, goes } = setUp()
  assert.deepEqual(arrives(service('other')), NOTHING)
  assert.deepEqual(arrives(slice('other', ['10.0.0.2'])), NOTHING)
  assert.deepEqual(goes(service('other')), NOTHING)
})

test('what was asked for and missing matters when it arrives, and when it goes', () => {
  const { arrives, goes } = setUp()
  assert.deepEqual(arrives(service('b')), ALL)
  assert.deepEqual(goes(service('b')), ALL)
})

test('roots always matter', () => {
  const { arrives, goes } = setUp()
  const policy = { apiVersion: 'sluice.dev/v1alpha1', kind: 'RoutePolicy', metadata: meta('p'), spec: {} }
  const ingressClass = { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'x' } }
  const other = { ...ingress('a'), metadata: meta('other') }
  for (const root of [policy, ingressClass, other]) {
    assert.deepEqual(arrives(root), ALL, root.kind)
    assert.deepEqual(goes(root), ALL, root.kind)
  }
})

test('a slice matters to the endpoints of its Service alone', () => {
  const { arrives } = setUp()
  assert.deepEqual(arrives(slice('a', ['10.0.0.2'])), FEED)
})

test('what DNS says matters where a route leads to that name', () => {
  const external = { ...service('b'), spec: { type: 'ExternalName', externalName: 'b.example', ports: [{ port: 80 }] } }
  const { resolves } = setUp(external)
  assert.deepEqual(resolves('b.example'), { all: false, feeds: ['Resolution//b.example'] })
  assert.deepEqual(resolves('c.example'), NOTHING)
})
