/** Whom a controller tells what: problems, what every worker has, and what holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceBatch } from '../../src/controller/source/source.ts'
import type { RouteSpec } from '../../src/model/route.ts'
import { batchOf, entry, ingress, RAW_INGRESS, service, setUp, slice, turn } from './world.ts'

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
