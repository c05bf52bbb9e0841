/** Where endpoints come from, and how soon they are published. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batchOf, entry, ingress, service, setUp, slice, turn } from './world.ts'

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
