import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import type { DnsAnswer } from '../lib/dns.ts'
import { printProblem } from '../model/problem.ts'
import type { RouteSpec } from '../model/route.ts'
import type { Update } from '../model/snapshot.ts'
import { decodeObject } from './api/kubernetes/decode.ts'
import type { ConfigValues } from './api/sluice-config.ts'
import { Controller } from './controller.ts'
import type { Applied } from './observer.ts'
import type { Source, SourceBatch } from './source/source.ts'
import { DEFAULT_OPTIONS, type TranslateOptions } from './translate/options.ts'

const turn = () => new Promise<void>((resolve) => process.nextTick(resolve))

const entry = (raw: object) => {
  const decoded = decodeObject(raw)
  assert.equal(decoded.outcome, 'object')
  return { ref: decoded.ref, object: decoded.object }
}
const RAW_INGRESS = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web' },
  spec: { ingressClassName: 'sluice', defaultBackend: { service: { name: 'web', port: { number: 80 } } } },
}
const ingress = entry(RAW_INGRESS)
const service = (spec: object = { ports: [{ port: 80 }] }) =>
  entry({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec })
const slice = (address: string, annotations = {}) =>
  entry({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' }, annotations },
    addressType: 'IPv4',
    ports: [{ port: 8080 }],
    endpoints: [{ addresses: [address] }],
  })

const batchOf = (...upserts: SourceBatch['upserts']): SourceBatch => ({ upserts, removals: [], problems: [] })

/** A controller whose source, publisher and DNS are the test's. */
function setUp(first: SourceBatch, options: Partial<TranslateOptions> = {}, more: Partial<Source> = {}) {
  const clock = new FakeClock()
  const updates: Update[] = []
  const problems: string[][] = []
  const applied: Applied[] = []
  const answers: DnsAnswer[] = []
  const configs: ConfigValues[] = []
  let tell = (_batch: SourceBatch) => {}
  let stopped = false
  const controller = new Controller({
    source: {
      ...more,
      start: async (sink) => {
        tell = sink
        sink(first)
      },
      stop: () => {
        stopped = true
      },
    },
    clock,
    random: () => 1,
    publisher: { publish: async (update) => void updates.push(update) },
    options: { ...DEFAULT_OPTIONS, ...options },
    onProblems: (list) => problems.push(list.map(printProblem)),
    onApplied: (each) => applied.push(each),
    log: { error: (_fields, message) => assert.fail(message) },
    lookup: async () => answers,
    onConfig: (values) => configs.push(values),
  })
  /** The last text that was published for a key. */
  const text = (key: string) => updates.flatMap(({ upserts }) => upserts).findLast(([each]) => each === key)?.[1]
  return {
    clock,
    updates,
    problems,
    applied,
    answers,
    configs,
    controller,
    text,
    tell: (batch: SourceBatch) => tell(batch),
    isStopped: () => stopped,
  }
}

test('after start the first snapshot is published, and its problems are told', async () => {
  const { controller, updates, problems } = setUp(batchOf(ingress))
  await controller.start()
  assert.equal(updates.length, 1)
  assert.deepEqual(problems, [
    [
      'error: Ingress default/web, spec.defaultBackend.service.name: there is no Service default/web; requests are answered 503',
    ],
  ])
})

test('what is only read when it is referred to is read before anything is published', async () => {
  const asked: string[][] = []
  const read = Promise.withResolvers<void>()
  const want = (refs: ReadonlySet<string>) => {
    asked.push([...refs])
    return read.promise
  }
  const secured = { ...RAW_INGRESS.spec, tls: [{ hosts: ['a.test'], secretName: 'tls' }] }
  const { controller, updates, tell, problems } = setUp(batchOf(entry({ ...RAW_INGRESS, spec: secured })), {}, { want })
  const started = controller.start()
  await turn()
  assert.deepEqual(asked, [['Secret/default/tls']])
  assert.equal(updates.length, 0)
  tell(batchOf(service()))
  read.resolve()
  await started
  assert.equal(updates.length, 1)
  assert.deepEqual(
    problems.flat().filter((text) => text.includes('there is no Service')),
    [],
  )
})

test('what the start waits for is told at once', async () => {
  const { controller, tell, problems } = setUp(batchOf(), {}, { want: () => new Promise(() => {}) })
  void controller.start()
  await turn()
  const at = { kind: 'Resource', namespace: '', name: 'secrets' }
  const problem = { at, severity: 'error', reason: 'ApiServerUnavailable', message: 'nobody answers' } as const
  tell({ ...batchOf(), problems: [problem] })
  assert.deepEqual(problems, [['error: Resource secrets: nobody answers']])
})

test('a change that is the first to refer to a Secret waits until that was looked for, but not for ever', async () => {
  const reads: (() => void)[] = []
  let isRead = true
  const source = { want: () => new Promise<void>((resolve) => reads.push(resolve)), hasRead: () => isRead }
  const { controller, clock, tell, updates, problems } = setUp(batchOf(ingress, service()), {}, source)
  const started = controller.start()
  await turn()
  reads[0]!()
  await started
  const [before, told] = [updates.length, problems.length]
  const change = async (host: string) => {
    const spec = { ...RAW_INGRESS.spec, tls: [{ hosts: [host], secretName: host }], rules: [{ host }] }
    tell(batchOf(entry({ ...RAW_INGRESS, spec })))
    clock.advance(20)
    await turn()
  }
  isRead = false
  await change('a.test')
  assert.deepEqual([updates.length, problems.length], [before, told], 'what is not known was taken for missing')
  isRead = true
  reads.at(-1)!()
  await turn()
  clock.advance(20)
  await turn()
  assert.equal(updates.length, before + 1)
  isRead = false
  await change('b.test')
  assert.equal(updates.length, before + 1)
  clock.advance(1_000)
  clock.advance(20)
  await turn()
  assert.equal(updates.length, before + 2)
  assert.match(problems.at(-1)!.join(), /there is no Secret default\/b\.test/)
})

test('what was missing is served when it arrives, and its problem goes', async () => {
  const { controller, clock, problems, text, tell } = setUp(batchOf(ingress))
  await controller.start()
  tell(batchOf(service(), slice('10.0.0.1')))
  clock.advance(20)
  await turn()
  assert.match(text('virtualHost/*') ?? '', /"forward"/)
  assert.match(text('endpoints/default/web:80') ?? '', /10\.0\.0\.1/)
  assert.deepEqual(problems.at(-1), [])
})

test('what traffic shows is told beside what the translation finds, as long as it is there', async () => {
  const { controller, problems } = setUp(batchOf(ingress, service(), slice('10.0.0.1')))
  await controller.start()
  const at = { kind: 'Service', namespace: 'default', name: 'web' }
  const finding = { at, severity: 'warning', reason: 'RevisionFails', message: 'revision x fails' } as const
  controller.observe([finding])
  assert.deepEqual(problems.at(-1), ['warning: Service default/web: revision x fails'])
  controller.observe([])
  assert.deepEqual(problems.at(-1), [])
})

test('endpoints are published on the next turn', async () => {
  const { controller, clock, text, tell } = setUp(batchOf(ingress, service(), slice('10.0.0.1')))
  await controller.start()
  await turn()
  tell(batchOf(slice('10.0.0.2')))
  clock.advance(0)
  assert.match(text('endpoints/default/web:80') ?? '', /10\.0\.0\.2/)
})

test('a Pod that is told to end is drained on the next turn, whatever its slice says, and stays so when it is gone', async () => {
  const pod = (more: object = {}) =>
    entry({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-0', uid: 'u', ...more } },
      spec: { containers: [], terminationGracePeriodSeconds: 60 },
    })
  const targetRef = { kind: 'Pod', name: 'web-0', uid: 'u' }
  const named = (conditions: object) =>
    entry({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      ports: [{ port: 8080 }],
      endpoints: [{ addresses: ['10.0.0.1'], conditions, targetRef }],
    })
  const { clock, controller, updates, tell, text } = setUp(batchOf(ingress, service(), named({ ready: true }), pod()))
  const endpoint = () => JSON.parse(text('endpoints/default/web:80')!)[0]
  await controller.start()
  assert.deepEqual([endpoint().state, endpoint().graceMs], ['ready', undefined])
  tell(batchOf(pod({ deletionTimestamp: '2026-01-01T00:00:20Z', deletionGracePeriodSeconds: 20 })))
  clock.advance(0)
  assert.equal(updates.length, 2)
  assert.deepEqual([endpoint().state, endpoint().graceMs], ['draining', 20_000])
  await turn()
  assert.equal(
    controller.stats.lag.sinceArrival.value.counts.reduce((sum, count) => sum + count),
    1,
  )
  tell({ upserts: [], removals: [pod().ref], problems: [] })
  clock.advance(0)
  await turn()
  tell(batchOf(named({ ready: true, serving: true })))
  clock.advance(0)
  await turn()
  assert.deepEqual([updates.length, endpoint().state], [2, 'draining'])
})

test('what every worker has is told with its objects, and looked up as they are now', async () => {
  const { controller, clock, applied, tell } = setUp(batchOf(ingress, service()))
  await controller.start()
  assert.deepEqual(
    applied.map(({ ingresses }) => [...ingresses.came.values()]),
    [[ingress.object]],
  )
  const now = entry({ ...RAW_INGRESS, metadata: { name: 'web', uid: 'u', generation: 2 } })
  tell(batchOf(now))
  assert.deepEqual(controller.look(ingress.ref), { uid: 'u', generation: 2, status: undefined })
  assert.equal(applied.length, 1)
  clock.advance(20)
  await turn()
  assert.deepEqual([...applied.at(-1)!.ingresses.came], [[now.ref, now.object]])
  assert.equal(controller.look('Ingress/default/other'), undefined)
})

test('an object that cannot be read is looked up where it came from', async () => {
  const there = { uid: 'u', generation: 3, status: undefined }
  const unreadable = (ref: string) => (ref === 'Ingress/default/broken' ? there : undefined)
  const { controller } = setUp(batchOf(), {}, { unreadable })
  assert.equal(controller.look('Ingress/default/broken'), there)
})

test('how long endpoints take is counted from what the cluster dates, once they are applied', async () => {
  const { controller, clock, tell } = setUp(batchOf(ingress, service(), slice('10.0.0.1')))
  await controller.start()
  await turn()
  const trigger = { 'endpoints.kubernetes.io/last-change-trigger-time': new Date(clock.wall() - 250).toISOString() }
  tell(batchOf(slice('10.0.0.2', trigger)))
  clock.advance(0)
  await turn()
  assert.equal(controller.stats.lag.sinceChange.value.sum, 0.25)
  assert.deepEqual(controller.waiting, { all: 0, endpoints: 0 })
})

test('what nobody asked for is not even translated', async () => {
  const { controller, clock, updates, tell } = setUp(batchOf())
  await controller.start()
  tell(batchOf(service(), slice('10.0.0.1')))
  clock.advance(1000)
  await turn()
  assert.equal(updates.length, 1)
})

test('problems of the source are told at once, and only when they change', async () => {
  const { controller, problems, tell } = setUp(batchOf())
  await controller.start()
  const at = { kind: 'File', namespace: '', name: 'a.yaml', file: 'a.yaml' }
  const broken: SourceBatch = {
    ...batchOf(),
    problems: [{ at, severity: 'error', reason: 'UnreadableFile', message: 'x' }],
  }
  tell(broken)
  tell(broken)
  assert.deepEqual(problems, [[], ['error: a.yaml: x']])
})

test('the addresses of an ExternalName are looked up and published', async () => {
  const external = service({ type: 'ExternalName', externalName: 'api.example' })
  const { controller, clock, answers, text } = setUp(batchOf(ingress, external), { allowExternalName: true })
  answers.push({ address: '192.0.2.1', ttlSeconds: 30 })
  await controller.start()
  await turn()
  clock.advance(0)
  assert.match(text('endpoints/default/web:80') ?? '', /192\.0\.2\.1/)
  answers[0] = { address: '192.0.2.2', ttlSeconds: 30 }
  clock.advance(30_000)
  await turn()
  clock.advance(0)
  await turn()
  assert.match(text('endpoints/default/web:80') ?? '', /192\.0\.2\.2/)
})

test('an ExternalName that is gone is not looked up any more', async () => {
  const external = service({ type: 'ExternalName', externalName: 'api.example' })
  const { controller, clock, answers, updates, tell } = setUp(batchOf(ingress, external), { allowExternalName: true })
  answers.push({ address: '192.0.2.1', ttlSeconds: 30 })
  await controller.start()
  await turn()
  tell({ ...batchOf(), removals: [external.ref] })
  clock.advance(200)
  await turn()
  const before = updates.length
  answers[0] = { address: '192.0.2.2', ttlSeconds: 30 }
  clock.advance(600_000)
  await turn()
  assert.equal(updates.length, before)
})

test('a source without anything to read from ends the start', async () => {
  const { controller } = setUp(batchOf())
  const failing = new Controller({
    source: { start: () => Promise.reject(new Error('no such folder')), stop: () => {} },
    clock: new FakeClock(),
    random: () => 1,
    publisher: { publish: () => assert.fail('nothing may be published') },
    options: DEFAULT_OPTIONS,
    onProblems: () => {},
    log: { error: () => {} },
    lookup: async () => [],
  })
  await assert.rejects(failing.start(), /no such folder/)
  controller.stop()
})

test('stop ends the source and all publishing', async () => {
  const { controller, clock, updates, tell, isStopped } = setUp(batchOf(ingress))
  await controller.start()
  tell(batchOf(service()))
  controller.stop()
  clock.advance(1000)
  await turn()
  assert.equal(isStopped(), true)
  assert.equal(updates.length, 1)
})

test('what holds is explained, and told anew when the SluiceConfig of a class changes', async () => {
  const parameters = { apiGroup: 'sluice.dev', kind: 'SluiceConfig', name: 'main' }
  const spec = { controller: 'sluice.dev/ingress-controller', parameters }
  const sluice = entry({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'sluice' }, spec })
  const config = (level: string) =>
    entry({
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'SluiceConfig',
      metadata: { name: 'main' },
      spec: { logs: { level } },
    })
  const { controller, configs, tell, clock, text } = setUp(batchOf(ingress, service(), sluice, config('warn')))
  assert.deepEqual(controller.explainConfig(), {})
  await controller.start()
  const route = JSON.parse(text('virtualHost/*')!).routes[0] as RouteSpec
  assert.equal(controller.explainRoute(route)['retry.attempts']?.value, '2')
  assert.deepEqual(controller.explainConfig()['logs.level'], {
    value: 'warn',
    origin: { kind: 'SluiceConfig.sluice.dev', namespace: '', name: 'main', field: 'spec.logs.level' },
  })
  for (const level of ['error', 'loud']) {
    tell(batchOf(config(level)))
    clock.advance(20)
  }
  assert.deepEqual(
    configs.map((values) => values['logs.level']),
    ['warn', 'error', 'error'],
  )
})
