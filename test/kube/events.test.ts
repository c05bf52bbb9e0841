/** Problems as Events: once each, within a budget, taken up by whoever leads. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { ApiError } from '../../src/controller/source/kube/errors.ts'
import { Events } from '../../src/controller/status/events.ts'
import { FakeClock } from '../../src/lib/clock.ts'
import type { Problem } from '../../src/model/problem.ts'
import { MemoryApi, refusal, settle, testLog } from './memory-api.ts'
import { INGRESSES, ingress, POLICIES, routePolicy, ScriptedCluster } from './reporting.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)

/** What lasts so long is told, and a little time to do so. */
const SETTLED_MS = 4_000

function problem(
  name: string,
  { message = 'expected better', namespace = 'shop', ...more }: Partial<Problem> & { namespace?: string } = {},
): Problem {
  const at = { kind: 'Ingress', namespace, name, field: 'spec' }
  return { at, severity: 'error', reason: 'Bad', message, ...more }
}

function world(api = new MemoryApi(), identity = 'a') {
  const clock = new FakeClock()
  const log = testLog()
  const may = { write: true }
  const uids = new Map<string, string>()
  const events = new Events({
    client: api,
    clock,
    random: () => 1,
    log,
    look: (ref) =>
      ref.includes('missing') ? undefined : { uid: uids.get(ref) ?? `uid of ${ref}`, generation: 1, status: {} },
    isWriter: () => may.write,
    identity,
  })
  const pass = async (ms: number, step = 1_000) => {
    for (let i = 0; i < ms; i += step) {
      clock.advance(step)
      await settle()
    }
  }
  const created = () => api.writes.filter(({ method }) => method === 'create')
  const namesOf = () => created().map(({ body }) => (body.regarding as { name: string }).name)
  const patched = () => api.writes.filter(({ method }) => method === 'patch')
  return { api, clock, log, may, uids, events, pass, created, namesOf, patched }
}

const many = (count: number, namespace = 'shop') =>
  Array.from({ length: count }, (_, i) => problem(`${namespace}-${i}`, { namespace }))

test('each problem is told once, however often it is found; a note is none', async () => {
  const { events, pass, created } = world()
  const found = [
    problem('a'),
    problem('a', { message: 'another' }),
    problem('b', { severity: 'warning' }),
    problem('c', { severity: 'note' }),
  ]
  for (let i = 0; i < 5; i++) {
    events.update(structuredClone(found))
    await pass(60_000, 10_000)
  }
  assert.deepEqual(
    created().map(({ path }) => path),
    Array(3).fill('/apis/events.k8s.io/v1/namespaces/shop/events'),
  )
  assert.equal(events.counts.of('told'), 3)
})

test('what is no object of the cluster, or is not there, gets none', async () => {
  const { events, created, pass } = world()
  const at = { kind: 'File', namespace: '', name: '', file: 'x.yaml' }
  events.update([problem('missing'), { ...problem('a'), at }, { ...problem('a'), at: { ...at, kind: 'Option' } }])
  await pass(SETTLED_MS)
  assert.deepEqual(created(), [])
})

test('there is a budget: a burst, then a few a minute, and all are told in the end', async () => {
  const { events, pass, created } = world()
  events.update(many(75))
  await pass(SETTLED_MS)
  assert.equal(created().length, 50)
  assert.equal(events.waiting, 25)
  await pass(60_000)
  assert.equal(created().length, 60)
  await pass(90_000)
  assert.deepEqual([created().length, events.waiting], [75, 0])
})

test('an object that is all mistakes is told of ten of them, then of the next ones; its neighbour of its own', async () => {
  const { events, created, namesOf, pass } = world()
  const mistakes = Array.from({ length: 1_000 }, (_, i) => problem('all', { message: `mistake ${1_000 + i}` }))
  events.update([...mistakes, problem('neighbour')])
  await pass(SETTLED_MS)
  assert.deepEqual(Map.groupBy(namesOf(), (name) => name).get('all')?.length, 10)
  assert.ok(namesOf().includes('neighbour'))
  assert.equal(events.waiting, 0)
  events.update([...mistakes.slice(5), problem('neighbour')])
  await pass(SETTLED_MS)
  assert.equal(created().length, 16)
})

test('what goes again at once is not told: a Service often comes after its Ingress', async () => {
  const { events, created, pass } = world()
  for (let i = 0; i < 20; i++) {
    events.update([problem(`brief-${i}`), problem('lasting')])
    await pass(1_000)
  }
  await pass(SETTLED_MS)
  assert.deepEqual(
    created().map(({ body }) => (body.regarding as { name: string }).name),
    ['lasting', 'brief-19'],
  )
  assert.equal(events.counts.of('suppressed'), 0)
})

test('namespaces take turns', async () => {
  const { events, pass, namesOf } = world()
  events.update([...many(80, 'loud'), ...many(2, 'quiet')])
  await pass(SETTLED_MS)
  assert.deepEqual(
    namesOf().filter((name) => name.startsWith('quiet')),
    ['quiet-0', 'quiet-1'],
  )
})

test('a problem that goes before its turn is not told, and that is counted', async () => {
  const { events, pass, created } = world()
  events.update(many(60))
  await pass(SETTLED_MS)
  events.update([])
  await pass(120_000)
  assert.equal(created().length, 50)
  assert.equal(events.counts.of('suppressed'), 10)
})

test('one that lasts is told again after half an hour, as a series', async () => {
  const { events, pass, created, patched } = world()
  events.update([problem('a')])
  await pass(29 * 60_000, 10_000)
  assert.equal(patched().length, 0)
  await pass(35 * 60_000, 10_000)
  assert.equal(created().length, 1)
  assert.deepEqual(
    patched().map(({ body }) => (body.series as { count: number }).count),
    [2, 3],
  )
  events.update([])
  await pass(120 * 60_000, 60_000)
  assert.equal(patched().length, 2)
})

test('an Event that ran out is made anew', async () => {
  const { api, events, pass, created } = world()
  events.update([problem('a')])
  await pass(SETTLED_MS)
  api.objects.clear()
  await pass(31 * 60_000, 10_000)
  assert.equal(created().length, 2)
})

test('a new leader does not tell again what the old one told, but takes it over', async () => {
  const first = world()
  first.events.update(many(3))
  await first.pass(SETTLED_MS)
  const second = world(first.api, 'b')
  second.events.update(many(3))
  await second.pass(SETTLED_MS)
  assert.equal(first.api.objects.size, 3)
  assert.equal(first.created().length, 3)
  assert.equal(second.patched().length, 3)
})

test('an object that was made anew hears of the same problem', async () => {
  const { events, uids, created, pass } = world()
  events.update([problem('a')])
  await pass(SETTLED_MS)
  uids.set('Ingress/shop/a', 'another')
  events.refresh()
  await pass(SETTLED_MS)
  assert.equal(created().length, 2)
})

test('one that does not lead tells nothing, and all of it once it does', async () => {
  const { events, may, created, pass } = world()
  may.write = false
  events.update(many(3))
  await pass(SETTLED_MS)
  assert.deepEqual(created(), [])
  may.write = true
  events.refresh()
  await pass(SETTLED_MS)
  assert.equal(created().length, 3)
})

test('what cannot be written is tried again, and said once', async () => {
  for (const status of [429, 500, 503]) {
    const { api, events, pass, created, log } = world()
    api.gate = () => refusal(status)
    events.update(many(3))
    await pass(25_000)
    assert.ok(api.attempts < 8, `${api.attempts} attempts at ${status}`)
    assert.equal(log.lines.length, 1)
    api.gate = () => undefined
    await pass(60_000)
    assert.equal(created().length, 3, `${status}`)
  }
})

test('a right that is missing is said once, however many namespaces it is missing in', async () => {
  const { api, events, pass, log } = world()
  api.gate = (_, path) => new ApiError(`forbidden: ${path}`, { status: 403, reason: 'Forbidden', causes: [] })
  events.update(['a', 'b', 'c'].map((namespace) => problem('x', { namespace })))
  await pass(12 * 60_000, 10_000)
  assert.ok(api.attempts >= 6, `${api.attempts}`)
  assert.equal(log.lines.length, 1, log.lines.join('\n'))
})

test('an Event that is refused holds nobody up, and is tried again after some minutes', async () => {
  const terminating = Object.assign(refusal(403), { causes: ['NamespaceTerminating'] })
  for (const error of [refusal(400), refusal(403), refusal(404), refusal(422), terminating]) {
    const { api, events, pass, namesOf, log } = world()
    api.gate = (method, path) => (method === 'create' && path.includes('/gone/') ? error : undefined)
    events.update([problem('x', { namespace: 'gone' }), problem('a')])
    await pass(SETTLED_MS)
    assert.deepEqual(namesOf(), ['a'])
    await pass(4 * 60_000, 10_000)
    assert.equal(api.attempts, 2)
    assert.ok(log.lines.length <= 1)
    api.gate = () => undefined
    await pass(3 * 60_000, 10_000)
    assert.deepEqual(namesOf(), ['a', 'x'])
  }
})

test('in a cluster: a misspelt annotation, a policy without target, an object that cannot be read', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const annotations = { 'sluice.dev/retyr-attempts': '3' }
  const web = ingress('web', { metadata: { annotations } })
  cluster.double.put(INGRESSES, web)
  const broken = (name: string, className: string) => ({
    ...ingress(name),
    spec: { ingressClassName: className, rules: 'many' },
  })
  cluster.double.put(INGRESSES, broken('broken', 'sluice'))
  cluster.double.put(INGRESSES, broken('foreign', 'nginx'))
  cluster.double.put(
    POLICIES,
    routePolicy('lost', { targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: 'x' }] }),
  )
  const replica = await cluster.replica()
  await replica.leads()
  const about = (name: string) =>
    cluster.events.filter(({ regarding }) => (regarding as { name: string }).name === name)
  await cluster.until(() => ['web', 'broken', 'lost'].every((name) => about(name).length > 0))
  const note = (name: string, reason: string) => String(about(name).find((each) => each.reason === reason)?.note)
  assert.match(note('web', 'UnknownAnnotation'), /retyr-attempts.*did you mean .*retry-attempts/)
  assert.match(note('broken', 'UnreadableObject'), /spec\.rules: expected a list/)
  assert.match(note('lost', 'TargetNotFound'), /spec\.targetRefs\[0\]\.name: there is no Ingress shop\/x/)
  assert.deepEqual(about('lost')[0]!.regarding, {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'RoutePolicy',
    namespace: 'shop',
    name: 'lost',
    uid: (cluster.double.find(POLICIES, { namespace: 'shop', name: 'lost' })!.metadata as { uid?: string }).uid,
  })
  const before = cluster.events.length
  await cluster.pass(10 * 60_000, 60_000)
  assert.equal(cluster.events.length, before)
  assert.deepEqual(about('foreign'), [], 'an Ingress of somebody else')
  assert.equal(replica.author.state.eventsWaiting, 0)
})

test('in a cluster: a Secret that is named for the first time is not taken for missing', async (t) => {
  const cluster = await ScriptedCluster.create(t)
  const data = { 'tls.crt': '', 'tls.key': '' }
  const tls = { metadata: { name: 'tls', namespace: 'shop' }, type: 'kubernetes.io/tls', data }
  cluster.double.put('/api/v1/namespaces/shop/secrets', tls)
  const replica = await cluster.replica()
  const web = ingress('web') as { spec: object } & ReturnType<typeof ingress>
  cluster.double.put(INGRESSES, { ...web, spec: { ...web.spec, tls: [{ hosts: ['a.test'], secretName: 'tls' }] } })
  const sent = () => replica.updates.flatMap(({ upserts }) => upserts.map(([, text]) => text)).join()
  await cluster.until(() => sent().includes('InvalidTlsSecret'), 20)
  assert.ok(!sent().includes('TlsSecretNotFound'))
})
