import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeObject } from './decode.ts'

const SERVICE = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } }

test('an object without namespace is in the namespace default', () => {
  const decoded = decodeObject(SERVICE, { file: 'web.yaml' })
  assert.equal(decoded.outcome, 'object')
  assert.equal(decoded.ref, 'Service/default/web')
  assert.equal(decoded.object.file, 'web.yaml')
})

test('an object of a kind without namespaces has none, whatever it says', () => {
  const decoded = decodeObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'sluice', namespace: 'shop' },
  })
  assert.equal(decoded.outcome === 'object' && decoded.ref, 'IngressClass//sluice')
})

test('a wrong field leaves it clear which object it is', () => {
  const decoded = decodeObject({
    ...SERVICE,
    metadata: { name: 'web', namespace: 'shop', creationTimestamp: 'yesterday', annotations: { a: true } },
    spec: { ports: null, type: 5 },
  })
  assert.equal(decoded.outcome, 'unreadable')
  assert.equal(decoded.ref, 'Service/shop/web')
  assert.deepEqual(
    decoded.complaints.map(({ field }) => field),
    ['metadata.creationTimestamp', 'metadata.annotations["a"]', 'spec.type'],
  )
})

test('fields that only a newer API server knows are a mistake in a file and nothing in a cluster', () => {
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', managedFields: [{ manager: 'kubectl' }] },
    spec: { futureField: 1, rules: [{ host: 'a.test', http: { paths: [], later: true } }] },
    status: { loadBalancer: {} },
  }
  const complaints = decodeObject(ingress)
  assert.equal(complaints.outcome, 'unreadable')
  assert.deepEqual(
    complaints.complaints.map(({ field }) => field),
    ['spec.futureField', 'spec.rules[0].http.later'],
  )
  const decoded = decodeObject(ingress, { unknownFields: 'ignore' })
  assert.ok(decoded.outcome === 'object' && decoded.object.kind === 'Ingress')
  assert.deepEqual(decoded.object.spec.rules, [{ host: 'a.test', http: { paths: [] } }])
})

test('kinds of our own group are read leaf by leaf, unknown fields told even in a cluster', () => {
  const raw = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RoutePolicy',
    metadata: { name: 'p' },
    spec: { targetRefs: [], retry: { attempts: 1, attemps: 2 } },
  }
  const decoded = decodeObject(raw, { unknownFields: 'ignore' })
  assert.ok(decoded.outcome === 'object' && decoded.object.kind === 'RoutePolicy.sluice.dev')
  assert.equal(decoded.ref, 'RoutePolicy.sluice.dev/default/p')
  assert.deepEqual(decoded.object.spec, {
    values: { 'retry.attempts': 1 },
    faults: [
      { field: 'spec.targetRefs', message: 'expected 1 to 64 items, not 0' },
      { field: 'spec.retry.attemps', message: 'there is no such field; did you mean attempts?', isUnknown: true },
    ],
  })
  assert.equal(decodeObject({ ...raw, spec: 'none' }).outcome, 'unreadable')
})

test('a kind of our own group that we do not know is kept; an unknown version of one that we know is foreign', () => {
  const canary = { apiVersion: 'sluice.dev/v1', kind: 'WafPolicy', metadata: { name: 'p' }, spec: { a: 1 } }
  const decoded = decodeObject(canary)
  assert.equal(decoded.outcome === 'object' && decoded.ref, 'WafPolicy.sluice.dev/default/p')
  const later = decodeObject({ ...canary, kind: 'RoutePolicy' })
  assert.deepEqual([later.outcome, 'hint' in later && later.hint], ['foreign', 'sluice.dev/v1alpha1 is'])
})

test('a SluiceConfig lives in no namespace', () => {
  const raw = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'SluiceConfig',
    metadata: { name: 'c', namespace: 'n' },
    spec: {},
  }
  const decoded = decodeObject(raw)
  assert.equal(decoded.outcome === 'object' && decoded.ref, 'SluiceConfig.sluice.dev//c')
})

test('a kind that only clusters have is foreign to files', () => {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1', namespace: 'shop' }, spec: {} }
  assert.equal(decodeObject(pod, { file: 'pod.yaml' }).outcome, 'foreign')
  assert.equal(decodeObject(pod).outcome, 'object')
})

test('a kind of another version is foreign, with a hint', () => {
  const decoded = decodeObject({ apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'old' } })
  assert.deepEqual(decoded, {
    outcome: 'foreign',
    apiVersion: 'extensions/v1beta1',
    origin: { kind: 'Ingress', namespace: '', name: 'old' },
    hint: 'networking.k8s.io/v1 is',
  })
})

for (const raw of [
  undefined,
  'text',
  [],
  {},
  { apiVersion: 'v1', kind: 7 },
  { ...SERVICE, metadata: null },
  { ...SERVICE, metadata: { name: 'Upper' } },
  { ...SERVICE, metadata: { name: 'a/b' } },
  { ...SERVICE, metadata: { name: 5 } },
  { ...SERVICE, metadata: { name: 'a', namespace: '../x' } },
]) {
  test(`nobody can tell which object this is: ${JSON.stringify(raw)}`, () =>
    assert.equal(decodeObject(raw).outcome, 'anonymous'))
}
