/** A whole cluster as a source: what the controller gets of it, from the first batch on. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import type { Pod } from '../../src/controller/api/kubernetes/pod.ts'
import { RESOURCES } from '../../src/controller/source/kube/resources.ts'
import { refuse } from './double.ts'
import { SERVICES, service } from './follower.ts'
import { cluster, INGRESSES } from './source-world.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

test('the first batch holds all that exists, of every kind', async (t) => {
  const { double, store, batches, start } = await cluster(t)
  double.put(SERVICES, service('web'))
  double.put(INGRESSES, {
    metadata: { name: 'web', namespace: 'shop', managedFields: [{ manager: 'x' }] },
    spec: { rules: [{ host: 'a.test' }], aFieldOfTheFuture: true },
    status: {},
  })
  double.put('/apis/networking.k8s.io/v1/ingressclasses', { metadata: { name: 'sluice' }, spec: { controller: 'x/y' } })
  double.put('/apis/discovery.k8s.io/v1/endpointslices', {
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web', other: 'x' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], targetRef: { name: 'pod' } }],
    ports: [{ port: 8080 }],
  })
  double.put('/api/v1/pods', {
    metadata: { name: 'pod', namespace: 'shop' },
    spec: { terminationGracePeriodSeconds: 5, containers: [{ image: 'x', env: [] }], volumes: [] },
    status: {
      conditions: [
        { type: 'Ready', status: 'True', lastProbeTime: null },
        { type: 'Initialized', status: 'True' },
      ],
    },
  })
  await start()
  assert.equal(batches.length, 1)
  assert.deepEqual(batches[0]!.problems, [])
  assert.equal(batches[0]!.upserts.length, 5)
  const view = store.view()
  assert.deepEqual(
    view.ingresses()[0]!.spec.rules.map(({ host }) => host),
    ['a.test'],
  )
  assert.equal(view.slices('shop', 'web')[0]!.endpoints.length, 1)
  const pod = batches[0]!.upserts.find(({ ref }) => ref === 'Pod/shop/pod')!.object
  assert.ok(pod.kind === 'Pod')
  assert.deepEqual(pod.status, { conditions: [{ type: 'Ready', status: 'True' }] })
  assert.equal(pod.spec.terminationGracePeriodSeconds, 5)
})

test('that a Pod is told to end, and in which time, is taken in at once', async (t) => {
  const { bell, double, batches, start } = await cluster(t)
  const pod = {
    metadata: { name: 'pod', namespace: 'shop', uid: 'u' },
    spec: { terminationGracePeriodSeconds: 30, containers: [] },
  }
  double.put('/api/v1/pods', pod)
  await start()
  const deletion = { deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 5 }
  double.put('/api/v1/pods', { ...pod, metadata: { ...pod.metadata, ...deletion } })
  await bell.until(() => batches.length > 1)
  const { object } = batches[1]!.upserts[0]!
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
  assert.deepEqual([deletionTimestamp, deletionGracePeriodSeconds], [Date.UTC(2026, 0, 1, 0, 0, 5), 5])
})

test('equal parts of Pods are once in memory', async (t) => {
  const { double, batches, start } = await cluster(t)
  const pod = (name: string, port: number) => ({
    metadata: { name, namespace: 'shop' },
    spec: { containers: [{ ports: [{ containerPort: port }] }] },
  })
  for (const [name, port] of [
    ['a', 80],
    ['b', 80],
    ['c', 81],
  ] as const)
    double.put('/api/v1/pods', pod(name, port))
  await start()
  const [a, b, c] = batches[0]!.upserts.map(({ object }) => object as Pod)
  assert.equal(a!.spec, b!.spec)
  assert.equal(c!.spec.containers[0]!.ports[0]!.containerPort, 81)
})

test('nothing is told before every kind was read, and it is said what is waited for', async (t) => {
  const { clock, double, batches, warnings, start } = await cluster(t)
  double.fail(
    'list',
    ...Array.from({ length: 10 }, () => (response: Parameters<typeof refuse>[0]) => refuse(response, 500)),
  )
  void start()
  while (batches.length === 0) {
    clock.advance(1_000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(double.count('list'), 10 + RESOURCES.length)
  assert.equal(batches.length, 1)
  assert.match(warnings[0]!, /^waiting for the API server: refused with 500/)
})

test('an object that cannot be read keeps its last good state, and harms nobody else', async (t) => {
  const { bell, double, store, batches, start } = await cluster(t)
  double.put(SERVICES, service('web'))
  await start()
  double.put(SERVICES, { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: 'many' } })
  double.put(SERVICES, service('other'))
  await bell.until(() => store.view().service('shop', 'other') !== undefined)
  assert.equal(store.view().service('shop', 'web')!.spec.ports[0]!.port, 80)
  assert.deepEqual(batches.at(-1)!.problems, [
    {
      at: { kind: 'Service', namespace: 'shop', name: 'web', field: 'spec.ports' },
      severity: 'error',
      reason: 'UnreadableObject',
      message: 'expected a list, not a text; its last good state stays in use',
    },
  ])
  double.put(SERVICES, service('web', 81))
  await bell.until(() => batches.at(-1)!.problems.length === 0)
  assert.equal(store.view().service('shop', 'web')!.spec.ports[0]!.port, 81)
})

test('with namespaces named, nothing is asked about the others', async (t) => {
  const { double, start } = await cluster(t, { namespaces: ['shop', 'blog'] })
  await start()
  const lists = double.asked.filter(({ kind }) => kind === 'list').map(({ path }) => path)
  assert.deepEqual(
    lists.filter((path) => !path.includes('/namespaces/')),
    ['/apis/networking.k8s.io/v1/ingressclasses', '/apis/sluice.dev/v1alpha1/sluiceconfigs'],
  )
  const perNamespace = RESOURCES.filter(({ namespaced }) => namespaced).length
  assert.equal(lists.length, 2 * perNamespace + 2)
})

test('a kind that is not there is said aloud', async (t) => {
  const { double, batches, source, start } = await cluster(t)
  double.kinds.delete('/apis/networking.k8s.io/v1/ingressclasses')
  await start()
  assert.deepEqual(
    batches.at(-1)!.problems.map(({ reason, at }) => `${reason} ${at.name}`),
    ['UnknownKind ingressclasses.networking.k8s.io'],
  )
  assert.equal(
    source.states.find(({ resource }) => resource.startsWith('ingressclasses'))!.health.condition,
    'unknown-kind',
  )
})
