/** Addresses of Ingresses and conditions on our own kinds: what is written, when, by whom. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { refuse } from './double.ts'
import { SERVICES, service } from './follower.ts'
import {
  ADDRESS,
  INGRESSES,
  ingress,
  POLICIES,
  routePolicy,
  ScriptedCluster,
  SERVICES_OF_INGRESS,
} from './reporting.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

const OURS = { loadBalancer: { ingress: [{ ip: ADDRESS }] } }

test('our Ingresses get the addresses, those of others do not', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  cluster.double.put(INGRESSES, ingress('web'))
  cluster.double.put(INGRESSES, ingress('other', { className: 'nginx' }))
  const replica = await cluster.replica()
  await replica.leads()
  await cluster.bell.until(() => cluster.statuses().length > 0)
  await cluster.pass(120_000, 5_000)
  assert.deepEqual(cluster.statuses(), [['shop/web', OURS]])
  assert.equal(replica.author.state.waiting.find(([resource]) => resource === 'ingresses/status')![1], 0)
})

test('an address is only written once every worker serves the Ingress', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const replica = await cluster.replica()
  await replica.leads()
  replica.hold()
  cluster.double.put(INGRESSES, ingress('web'))
  await cluster.until(() => replica.updates.length === 2, 20)
  await cluster.pass(65_000, 5_000)
  assert.deepEqual(cluster.statuses(), [])
  replica.release()
  await cluster.bell.until(() => cluster.statuses().length === 1)
})

test('what is there already is not written again, and a status is no reason to translate', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  cluster.double.put(INGRESSES, ingress('web', { status: OURS }))
  cluster.double.put(INGRESSES, ingress('new'))
  const replica = await cluster.replica()
  await replica.leads()
  await cluster.bell.until(() => cluster.statuses().length > 0)
  const translations = () => replica.controller.stats.translations.all.value.counts.reduce((sum, count) => sum + count)
  const before = translations()
  await cluster.pass(300_000, 10_000)
  assert.deepEqual(
    cluster.statuses().map(([name]) => name),
    ['shop/new'],
  )
  assert.equal(translations(), before)
})

test('what somebody wrote over it is put right, after a while', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const web = ingress('web', { status: OURS })
  cluster.double.put(INGRESSES, web)
  const replica = await cluster.replica()
  await replica.leads()
  cluster.double.put(INGRESSES, { ...web, status: { loadBalancer: { ingress: [{ ip: '192.0.2.99' }] } } })
  await cluster.pass(30_000, 5_000)
  assert.deepEqual(cluster.statuses(), [])
  await cluster.until(() => cluster.statuses().length > 0)
  assert.deepEqual(cluster.statuses(), [['shop/web', OURS]])
  assert.ok(cluster.clock.now() < 65_000, `${cluster.clock.now()}`)
})

test('an Ingress that stops being ours loses what we wrote, and nothing else', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const [left, taken] = [ingress('left'), ingress('taken')]
  cluster.double.put(INGRESSES, left)
  cluster.double.put(INGRESSES, taken)
  const replica = await cluster.replica()
  await replica.leads()
  await cluster.until(() => cluster.statuses().length === 2)
  await cluster.pass(5_000)
  cluster.moves(left)
  cluster.moves(taken, { loadBalancer: { ingress: [{ ip: '192.0.2.99' }] } })
  await cluster.until(() => cluster.statuses().length > 2, 20)
  await cluster.pass(120_000, 5_000)
  assert.deepEqual(cluster.statuses().slice(2), [['shop/left', {}]])
  assert.deepEqual(cluster.addresses('left'), undefined)
})

test('an Ingress that left while nobody was there loses what we wrote, and nothing else', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const others = [ingress('same', { className: 'nginx', status: OURS }), ingress('nginx', { className: 'nginx' })]
  const [left, taken] = [ingress('left'), ingress('taken')]
  for (const each of [...others, left, taken]) cluster.double.put(INGRESSES, each)
  const before = await cluster.replica()
  await before.leads()
  await cluster.until(() => cluster.addresses('left') !== undefined && cluster.addresses('taken') !== undefined)
  await before.author.stop()
  before.controller.stop()
  cluster.moves(left)
  cluster.moves(taken, { loadBalancer: { ingress: [{ ip: '192.0.2.99' }] } })
  const after = await cluster.replica({ name: 'b' })
  await after.leads()
  await cluster.until(() => cluster.addresses('left') === undefined)
  const count = cluster.statuses().length
  await cluster.pass(180_000, 5_000)
  assert.equal(cluster.statuses().length, count, 'it is tried again and again')
  assert.deepEqual([cluster.addresses('same'), cluster.addresses('taken')], [[{ ip: ADDRESS }], [{ ip: '192.0.2.99' }]])
})

test('the addresses are those of the Service, and follow it', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const front = (...ingress: object[]) => ({
    metadata: { name: 'sluice', namespace: 'ingress' },
    spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.9'] },
    status: { loadBalancer: { ingress } },
  })
  cluster.double.put(INGRESSES, ingress('web'))
  const replica = await cluster.replica({ publishService: 'ingress/sluice' })
  await replica.leads()
  await cluster.bell.until(() => replica.log.lines.some((line) => line.includes('there is no such Service')))
  assert.deepEqual(cluster.statuses(), [])
  cluster.double.put(SERVICES_OF_INGRESS, front({ ip: ADDRESS }))
  await cluster.bell.until(() => cluster.statuses().length === 1)
  cluster.double.put(SERVICES_OF_INGRESS, front({ hostname: 'lb.test' }))
  await cluster.bell.until(() => cluster.statuses().length === 2)
  cluster.double.put(SERVICES_OF_INGRESS, front())
  await cluster.bell.until(() => cluster.statuses().length === 3)
  assert.deepEqual(
    cluster.statuses().map(([, status]) => status),
    [OURS, { loadBalancer: { ingress: [{ hostname: 'lb.test' }] } }, {}],
  )
  assert.match(
    cluster.double.asked.find(({ path }) => path === SERVICES_OF_INGRESS)!.query.get('fieldSelector')!,
    /^metadata\.name=sluice$/,
  )
  cluster.double.remove(SERVICES_OF_INGRESS, front())
  await cluster.bell.until(() => replica.log.lines.some((line) => line.includes('it is gone')))
  await cluster.pass(61_000, 5_000)
  assert.equal(cluster.statuses().length, 3)
})

test('of two replicas one writes; the other goes on where that ended', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const [web, left] = [ingress('web'), ingress('left')]
  cluster.double.put(INGRESSES, web)
  cluster.double.put(INGRESSES, left)
  const [a, b] = [await cluster.replica({ name: 'a' }), await cluster.replica({ name: 'b' })]
  await a.leads()
  b.author.start()
  await cluster.bell.until(() => cluster.statuses().length === 2)
  await cluster.pass(10_000)
  assert.deepEqual([a.author.state.leading, b.author.state.leading], [true, false])
  await a.author.stop()
  // While nobody leads, one Ingress comes and another leaves.
  cluster.double.put(INGRESSES, ingress('late'))
  cluster.moves(left)
  await cluster.until(() => b.author.state.leading, 100)
  await cluster.until(() => cluster.statuses().length === 4)
  await cluster.pass(10_000)
  assert.deepEqual(Object.fromEntries(cluster.statuses()), {
    'shop/web': OURS,
    'shop/late': OURS,
    'shop/left': {},
  })
})

test('a status that may not be written is said once, and written when it may be', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  for (const name of ['a', 'b', 'c']) cluster.double.put(INGRESSES, ingress(name))
  const replica = await cluster.replica()
  await replica.leads()
  const isStatus = (path: string) => path.endsWith('/status')
  let isForbidden = true
  cluster.double.intercept = ({ path }, response) => {
    if (!isForbidden || !isStatus(path)) return false
    refuse(response, 403, 'Forbidden')
    return true
  }
  await cluster.pass(100_000, 5_000)
  assert.ok(replica.author.state.writes.some(([labels]) => labels.includes('forbidden')))
  assert.equal(replica.log.lines.filter((line) => line.includes('a status could not be written')).length, 1)
  isForbidden = false
  await cluster.until(() => cluster.statuses().length === 3)
})

test('conditions say what became of a policy, of the version that the workers have', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const targetRefs = [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }]
  cluster.double.put(INGRESSES, ingress('web', { status: OURS }))
  cluster.double.put(SERVICES, service('web'))
  const good = routePolicy('slow', { targetRefs, timeouts: { request: '10s' } }, 4)
  cluster.double.put(POLICIES, good)
  const replica = await cluster.replica()
  await replica.leads()
  await cluster.bell.until(() => cluster.statuses('routepolicies').length === 1)
  const said = () => {
    const [, status] = cluster.statuses('routepolicies').at(-1)!
    const { conditions } = status as { conditions: Record<string, unknown>[] }
    return conditions.map(({ type, status, reason, observedGeneration }) => [type, status, reason, observedGeneration])
  }
  assert.deepEqual(said(), [
    ['Accepted', 'True', 'Accepted', 4],
    ['Programmed', 'True', 'Programmed', 4],
  ])
  await cluster.pass(120_000, 5_000)
  assert.equal(cluster.statuses('routepolicies').length, 1)
  replica.hold()
  const bad = { targetRefs: [...targetRefs, { ...targetRefs[0]!, name: 'missing' }], timeouts: { request: '11s' } }
  const now = cluster.double.find(POLICIES, good.metadata)
  cluster.double.put(POLICIES, { ...now, spec: bad, metadata: { ...good.metadata, generation: 5 } })
  await cluster.pass(70_000, 5_000)
  assert.equal(cluster.statuses('routepolicies').length, 1, 'told before the workers had it')
  replica.release()
  await cluster.bell.until(() => cluster.statuses('routepolicies').length === 2)
  assert.deepEqual(said(), [
    ['Accepted', 'False', 'TargetNotFound', 5],
    ['Programmed', 'False', 'NotAccepted', 5],
  ])
})

test('a policy that nothing has to do with any more is no longer said to be programmed', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const targetRefs = [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'web' }]
  cluster.double.put(INGRESSES, ingress('web', { status: OURS }))
  cluster.double.put(POLICIES, routePolicy('slow', { targetRefs }))
  const replica = await cluster.replica()
  await replica.leads()
  const count = () => cluster.statuses('routepolicies').length
  const programmed = () => {
    const [, status] = cluster.statuses('routepolicies').at(-1)!
    const { conditions } = status as { conditions: Record<string, unknown>[] }
    return conditions.filter(({ type }) => type === 'Programmed').map((each) => `${each.status} ${each.reason}`)
  }
  await cluster.until(() => count() === 1)
  cluster.double.put(INGRESSES, ingress('web', { className: 'somebody-elses' }))
  await cluster.until(() => count() === 2)
  assert.deepEqual(programmed(), ['False NotInUse'])
  await cluster.pass(120_000, 5_000)
  assert.equal(count(), 2, 'it is said again and again')
  cluster.double.put(INGRESSES, ingress('web'))
  await cluster.until(() => count() === 3)
  assert.deepEqual(programmed(), ['True Programmed'])
})

test('an API server that goes away and comes back finds the same author, who catches up', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  cluster.double.put(INGRESSES, ingress('web', { status: OURS }))
  const replica = await cluster.replica()
  await replica.leads()
  cluster.double.intercept = (_, response) => {
    response.destroy()
    return true
  }
  cluster.double.endWatches(INGRESSES, 'cut')
  await cluster.until(() => !replica.author.state.leading)
  await cluster.pass(30_000)
  // Published before it went away or not: what was read stays in use.
  assert.equal(replica.updates.length, 1)
  cluster.double.put(INGRESSES, ingress('late'))
  cluster.double.intercept = () => false
  await cluster.until(() => cluster.statuses().length > 0)
  assert.equal(replica.author.state.leading, true)
  assert.deepEqual(cluster.statuses(), [['shop/late', OURS]])
})

test('installations side by side do not meet: each leads, and writes for its own class alone', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  cluster.double.put(INGRESSES, ingress('ours'))
  cluster.double.put(INGRESSES, ingress('theirs', { className: 'second' }))
  const ours = await cluster.replica({ address: ADDRESS })
  const second = {
    electionId: 'second-leader',
    options: { ingressClass: 'second', controllerClass: 'sluice.dev/second' },
  }
  const theirs = await cluster.replica({ name: 'a', address: '192.0.2.2', ...second })
  await ours.leads()
  await theirs.leads()
  await cluster.bell.until(() => cluster.statuses().length === 2)
  await cluster.pass(120_000, 5_000)
  assert.deepEqual(Object.fromEntries(cluster.statuses()), {
    'shop/ours': OURS,
    'shop/theirs': { loadBalancer: { ingress: [{ ip: '192.0.2.2' }] } },
  })
})
