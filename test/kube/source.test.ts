/** A whole cluster as a source: what the controller gets of it, from the first batch on. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import type { Pod } from '../../src/controller/api/kubernetes/pod.ts'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { type KubeLog, KubeSource, type KubeSourceInit } from '../../src/controller/source/kube/kube.ts'
import { RESOURCES, resourcePath, SECRETS } from '../../src/controller/source/kube/resources.ts'
import type { SourceBatch } from '../../src/controller/source/source.ts'
import { Store } from '../../src/controller/store.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, type RawObject, refuse } from './double.ts'
import { SERVICES, service, TestAccess } from './follower.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

const INGRESSES = '/apis/networking.k8s.io/v1/ingresses'
/** For so long, failures to read Secrets are gathered before they are told. */
const TOGETHER_MS = 20
const IN_SHOP = '/api/v1/namespaces/shop/secrets'

async function cluster(t: TestContext, scope: Partial<KubeSourceInit> = {}) {
  const bell = new Bell()
  const clock = new RingingClock(bell)
  const access = new TestAccess()
  const namespaces = scope.namespaces ?? []
  const paths = RESOURCES.flatMap((row) =>
    row.namespaced && namespaces.length > 0
      ? namespaces.map((namespace) => resourcePath(row, namespace))
      : [resourcePath(row)],
  )
  const double = new ApiDouble(bell, [
    ...paths,
    ...(scope.secretNamespaces ?? []).map((each) => resourcePath(SECRETS, each)),
  ])
  access.server = await double.listen()
  const warnings: string[] = []
  const log: KubeLog = {
    warn: (_, text) => warnings.push(text),
    error: (fields, text) => assert.fail(`${text}: ${JSON.stringify(fields)}`),
  }
  const client = new HttpKubeClient(access, clock)
  const init = { client, clock, random: seededRandom(3), log, namespaces: [], secretNamespaces: [], ...scope }
  const source = new KubeSource(init)
  t.after(async () => {
    source.stop()
    access.agent.destroy()
    await double.close()
  })
  const batches: SourceBatch[] = []
  const store = new Store()
  const sink = (batch: SourceBatch) => {
    batches.push(batch)
    store.apply(batch.upserts, batch.removals)
    bell.ring()
  }
  return { bell, clock, double, source, store, batches, warnings, start: () => source.start(sink) }
}

function secret(value: string): RawObject {
  return { metadata: { name: 'tls', namespace: 'shop' }, type: 'kubernetes.io/tls', data: { 'tls.crt': value } }
}

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

test('a Secret is read when it is asked for, again every 30 s, and forgotten when nobody asks any more', async (t) => {
  const { bell, clock, double, source, store, start } = await cluster(t)
  const found = () => store.view().secret('shop', 'tls')?.data.get('tls.crt')
  double.put(IN_SHOP, secret('old'))
  await start()
  assert.equal(found(), undefined)
  await source.want(new Set(['Secret/shop/tls', 'Service/shop/web', 'Secret/shop/missing']))
  assert.equal(found(), 'old')
  double.put(IN_SHOP, secret('new'))
  clock.advance(30_000)
  await bell.until(() => found() === 'new')
  double.remove(IN_SHOP, secret(''))
  clock.advance(30_000)
  await bell.until(() => found() === undefined)
  double.put(IN_SHOP, secret('again'))
  clock.advance(30_000)
  await bell.until(() => found() === 'again')
  await source.want(new Set())
  assert.equal(found(), undefined)
  assert.ok(
    double.asked.every(({ path }) => !path.endsWith('/secrets')),
    'Secrets were listed',
  )
})

test('a ConfigMap is read when it is asked for, and none is listed', async (t) => {
  const { double, source, store, start } = await cluster(t)
  const metadata = { name: 'authorities', namespace: 'shop', resourceVersion: '1' }
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': 'pem' } }
  double.put('/api/v1/namespaces/shop/configmaps', object)
  await start()
  const asked = new Set(['ConfigMap/shop/authorities', 'ConfigMap/shop/missing'] as const)
  assert.equal(source.hasRead(asked), false)
  await source.want(asked)
  assert.equal(source.hasRead(asked), true)
  assert.equal(store.view().configMap('shop', 'authorities')?.data.get('ca.crt'), 'pem')
  assert.ok(double.asked.every(({ path }) => !path.endsWith('/configmaps')))
})

test('a Secret that may not be read keeps its last state, loudly', async (t) => {
  const { bell, clock, double, source, store, batches, start } = await cluster(t)
  double.put(IN_SHOP, secret('old'))
  await start()
  await source.want(new Set(['Secret/shop/tls']))
  double.fail('other', (response) => refuse(response, 403, 'Forbidden'))
  const reread = async () => {
    clock.advance(30_000)
    await clock.set(TOGETHER_MS)
    clock.advance(TOGETHER_MS)
  }
  await reread()
  await bell.until(() => batches.at(-1)!.problems.some(({ reason }) => reason === 'ReadFailed'))
  assert.equal(store.view().secret('shop', 'tls')!.data.get('tls.crt'), 'old')
  await reread()
  await bell.until(() => batches.at(-1)!.problems.length === 0)
})

test('a Secret that the server cannot give is not waited for by the others', async (t) => {
  const { clock, double, source, store, batches, start } = await cluster(t)
  double.put(IN_SHOP, secret('good'))
  await start()
  double.intercept = ({ path }, response) => {
    if (!path.endsWith('/broken')) return false
    refuse(response, 500, 'InternalError')
    return true
  }
  let isThere = false
  const wanted = source.want(new Set(['Secret/shop/tls', 'Secret/shop/broken'])).then(() => {
    isThere = true
  })
  while (!isThere) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  await wanted
  assert.equal(store.view().secret('shop', 'tls')!.data.get('tls.crt'), 'good')
  assert.deepEqual(
    batches.at(-1)!.problems.map(({ at, reason, message }) => [at.name, reason, message]),
    [['broken', 'ReadFailed', 'refused with 500; what was read before stays in use']],
  )
})

test('an API server that is gone is asked for few Secrets of many, said once, and read from when it is back', async (t) => {
  const { clock, double, source, store, batches, start } = await cluster(t)
  const names = Array.from({ length: 100 }, (_, i) => `tls-${i}`)
  const put = (value: string) => {
    for (const name of names) double.put(IN_SHOP, { ...secret(value), metadata: { name, namespace: 'shop' } })
  }
  const have = (value: string) =>
    names.filter((name) => store.view().secret('shop', name)?.data.get('tls.crt') === value).length
  put('old')
  await start()
  await source.want(new Set(names.map((name) => `Secret/shop/${name}` as const)))
  let isGone = true
  double.intercept = ({ path }, response) => {
    if (isGone && path.startsWith(IN_SHOP)) response.destroy()
    return isGone && path.startsWith(IN_SHOP)
  }
  put('new')
  const before = double.count('other')
  const tries = () => double.count('other') - before
  clock.advance(30_000)
  const said = () => batches.at(-1)!.problems.map(({ at, reason }) => `${reason} ${at.name}`)
  while (said().length === 0) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual([said(), have('old')], [['ApiServerUnavailable secrets'], 100])
  assert.ok(tries() <= 5 * 8, `${tries()} requests`)
  isGone = false
  while (have('new') < 100 || said().length > 0) {
    clock.advance(100)
    await new Promise((resolve) => setImmediate(resolve))
  }
})

test('where Secrets may be watched, a rotation is there at once', async (t) => {
  const { bell, double, source, store, start } = await cluster(t, { secretNamespaces: ['shop'] })
  double.put(IN_SHOP, secret('old'))
  await start()
  await source.want(new Set(['Secret/shop/tls']))
  await bell.until(() => double.watching(IN_SHOP) > 0)
  double.put(IN_SHOP, secret('new'))
  await bell.until(() => store.view().secret('shop', 'tls')?.data.get('tls.crt') === 'new')
  assert.ok(
    double.asked.every(({ path }) => !path.endsWith('/tls')),
    'it was read by name',
  )
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
