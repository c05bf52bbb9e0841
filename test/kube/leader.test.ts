/** Who leads, and above all that never two do. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeClient } from '../../src/controller/source/kube/client.ts'
import { Leader, type LeaderInit } from '../../src/controller/source/kube/leader.ts'
import { type Clock, FakeClock } from '../../src/lib/clock.ts'
import { type Random, seededRandom } from '../../src/lib/random.ts'
import { MemoryApi, refusal, settle, testLog } from './memory-api.ts'

const PATH = '/apis/coordination.k8s.io/v1/namespaces/ingress/leases/sluice-leader'
const NEVER = new Promise<never>(() => {})

function world() {
  const api = new MemoryApi()
  const clock = new FakeClock()
  const replica = (identity: string, more: Partial<LeaderInit> = {}) => {
    const changes: boolean[] = []
    const log = testLog()
    const leader = new Leader({
      client: api,
      clock,
      random: seededRandom(7),
      log,
      namespace: 'ingress',
      name: 'sluice-leader',
      identity,
      onChange: (leading) => changes.push(leading),
      ...more,
    })
    return { leader, changes, log }
  }
  /** Lets time pass in small steps, and everything happen in between. */
  const pass = async (ms: number, check = () => {}) => {
    for (let i = 0; i < ms; i += 100) {
      clock.advance(100)
      await settle()
      check()
    }
  }
  const lease = () => api.objects.get(PATH) as { metadata: object; spec: Record<string, unknown> }
  return { api, clock, replica, pass, lease }
}

/** One that leads, and one that does not. */
async function two() {
  const given = world()
  const [a, b] = [given.replica('a'), given.replica('b')]
  a.leader.start()
  await settle()
  b.leader.start()
  await settle()
  assert.deepEqual([a.leader.leading, b.leader.leading], [true, false])
  const neverBoth = () => assert.ok(!(a.leader.leading && b.leader.leading), 'two lead')
  return { ...given, a, b, neverBoth }
}

test('the first one takes the Lease and keeps it; the second waits', async () => {
  const { a, b, pass, lease, neverBoth } = await two()
  await pass(60_000, neverBoth)
  assert.deepEqual([a.changes, b.changes], [[true], []])
  assert.equal(lease().spec.holderIdentity, 'a')
  assert.equal(lease().spec.leaseTransitions, 1)
  assert.equal(lease().spec.acquireTime, '2026-01-01T00:00:00.000000Z')
  assert.match(String(lease().spec.renewTime), /^2026-01-01T00:0(0:5|1:0)\d\.\d{6}Z$/)
})

test('one that cannot renew stops before another takes over', async () => {
  const { api, clock, a, b, pass, neverBoth } = await two()
  await pass(10_000)
  let partitioned = true
  api.gate = () => (partitioned ? refusal(500) : undefined)
  const cutAt = clock.now()
  await pass(10_000, neverBoth)
  assert.deepEqual([a.leader.leading, b.leader.leading], [false, false])
  assert.deepEqual(a.changes, [true, false])
  partitioned = false
  await pass(20_000, neverBoth)
  assert.ok(a.leader.leading || b.leader.leading, `nobody leads ${clock.now() - cutAt} ms later`)
})

test('one whose calls hang stops too, and comes back on new ones', async () => {
  const { api, a, pass } = await two()
  api.gate = (method) => (method === 'update' ? NEVER : undefined)
  await pass(9_000)
  assert.equal(a.leader.leading, true)
  await pass(1_000)
  assert.equal(a.leader.leading, false)
  api.gate = () => undefined
  await pass(7_000)
  assert.equal(a.leader.leading, true)
  assert.deepEqual(a.changes, [true, false, true])
})

test('whoever died is followed once the Lease did not change for its whole duration, by our own clock', async () => {
  const { api, pass, replica, lease } = world()
  // What the dead wrote says a time far in the future.
  const spec = { holderIdentity: 'c', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' }
  api.put(PATH, { metadata: { name: 'sluice-leader' }, spec: { ...spec, leaseTransitions: 4 } })
  const [early, late] = [replica('early'), replica('late')]
  early.leader.start()
  await pass(10_000)
  late.leader.start()
  await pass(4_000)
  assert.equal(early.leader.leading, false)
  await pass(4_000)
  assert.deepEqual([early.leader.leading, late.leader.leading], [true, false])
  assert.equal(lease().spec.leaseTransitions, 5)
})

test('one that is slow to see a renewal judges by when it saw it', async () => {
  const { api, pass, replica, lease } = world()
  const held = () => {
    const spec = { holderIdentity: 'c', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' }
    api.put(PATH, { ...lease(), spec })
  }
  held()
  const { leader } = replica('a')
  leader.start()
  for (let i = 0; i < 5; i++) {
    await pass(12_000)
    held()
  }
  assert.equal(leader.leading, false)
  await pass(18_000)
  assert.equal(leader.leading, true)
})

test('a Lease that was given back is taken at the next look', async () => {
  const { a, b, pass, lease, neverBoth } = await two()
  await pass(10_000)
  const released = a.leader.release()
  assert.equal(a.leader.leading, false)
  assert.deepEqual(a.changes, [true, false])
  await released
  assert.equal(lease().spec.holderIdentity, '')
  await pass(2_500, neverBoth)
  assert.equal(b.leader.leading, true)
  await pass(30_000)
  assert.deepEqual(a.changes, [true, false])
})

test('giving back waits for what is under way, and for nobody else than a few seconds', async () => {
  const { api, a, pass, lease } = await two()
  api.gate = (method) => (method === 'update' ? NEVER : undefined)
  await pass(2_500)
  let done = false
  void a.leader.release().then(() => {
    done = true
  })
  await pass(8_000)
  assert.equal(done, true)
  assert.equal(lease().spec.holderIdentity, 'a')
  assert.match(a.log.lines.at(-1)!, /could not be given back/)
})

test('one who never led gives nothing back', async () => {
  const { b, lease } = await two()
  await b.leader.release()
  assert.equal(lease().spec.holderIdentity, 'a')
})

test('of two that take it at the same moment one gets it', async () => {
  const { clock, pass, replica } = world()
  const replicas = ['a', 'b', 'c'].map((name) => replica(name))
  for (const { leader } of replicas) leader.start()
  await settle()
  assert.equal(replicas.filter(({ leader }) => leader.leading).length, 1, `at ${clock.now()}`)
  await pass(5_000)
  assert.equal(replicas.filter(({ leader }) => leader.leading).length, 1)
  assert.ok(replicas.every(({ log }) => log.lines.every((line) => line.startsWith('info'))))
})

test('where the Lease is forbidden one follows, says so once, and tries again every 30 s', async () => {
  const { api, pass, replica } = world()
  const { leader, changes, log } = replica('a')
  let asked = 0
  api.gate = () => {
    asked++
    return refusal(403, 'Forbidden')
  }
  leader.start()
  await pass(10_000)
  const hasty = asked
  await pass(95_000)
  assert.equal(asked - hasty, 3)
  assert.equal(leader.failures.of('forbidden'), asked)
  assert.deepEqual([leader.leading, changes, log.lines.length], [false, [], 1])
  assert.match(log.lines[0]!, /^warn: this replica cannot take or renew the Lease.*refused with 403/)
  api.gate = () => undefined
  await pass(30_000)
  assert.equal(leader.leading, true)
})

test('a refusal by a server that has just started costs nobody the Lease', async () => {
  const { api, a, pass } = await two()
  let refusals = 0
  api.gate = () => (refusals++ < 2 ? refusal(403, 'Forbidden') : undefined)
  await pass(30_000)
  assert.ok(refusals > 2)
  assert.deepEqual(a.changes, [true])
})

test('one who restarts under its name goes on at once', async () => {
  const { a, pass, replica } = await two()
  await pass(1_000)
  const again = replica('a')
  again.leader.start()
  await settle()
  assert.equal(again.leader.leading, true)
  assert.equal(a.leader.failures.of('conflict'), 0)
})

test('what others wrote on the Lease stays', async () => {
  const { api, pass, replica, lease } = world()
  api.put(PATH, { metadata: { name: 'sluice-leader', labels: { team: 'edge' } }, spec: {} })
  replica('a').leader.start()
  await pass(5_000)
  assert.deepEqual((lease().metadata as { labels: object }).labels, { team: 'edge' })
  assert.equal(lease().spec.holderIdentity, 'a')
})

test('Leases of different names do not meet', async () => {
  const { api, pass, replica } = world()
  const [a, b] = [replica('a'), replica('b', { name: 'other' })]
  for (const { leader } of [a, b]) leader.start()
  await pass(5_000)
  assert.deepEqual([a.leader.leading, b.leader.leading], [true, true])
  assert.deepEqual([...api.objects.keys()].sort(), [PATH.replace('sluice-leader', 'other'), PATH])
})

test('a Retry-After is obeyed, but leading ends all the same', async () => {
  const { api, a, pass } = await two()
  let asked = 0
  api.gate = (method) => (method === 'get' && ++asked > 0 ? refusal(429, '', { retryAfterMs: 20_000 }) : undefined)
  await pass(15_000)
  assert.ok(asked <= 2, `${asked}`)
  assert.equal(a.leader.leading, false)
})

/** Requests and answers take their time, up to eight seconds each, and some are lost on the way. */
function slowly(api: KubeClient, clock: Clock, random: Random): KubeClient {
  const travel = () => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const isLost = random() < 0.1
    const ms = random() < 0.3 ? random() * 8_000 : random() * 100
    clock.after(ms, isLost ? () => reject(refusal(503)) : resolve)
    return promise
  }
  const call = async (run: () => Promise<unknown>) => {
    await travel()
    const answer = await run()
    await travel()
    return answer
  }
  return {
    get: (path) => call(() => api.get(path)),
    create: (path, body) => call(() => api.create(path, body)),
    update: (path, body) => call(() => api.update(path, body)),
    patch: (path, body, how) => call(() => api.patch(path, body, how)),
    watch: (request) => api.watch(request),
  }
}

test('never do two lead, however slow and lossy the way to the server is', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { api, clock, replica, pass } = world()
    const random = seededRandom(seed)
    const replicas = ['a', 'b', 'c'].map((name) => replica(name, { client: slowly(api, clock, random), random }))
    for (const { leader } of replicas) leader.start()
    let led = 0
    await pass(300_000, () => {
      const leading = replicas.filter(({ leader }) => leader.leading).length
      assert.ok(leading <= 1, `${leading} lead at ${clock.now()} ms, seed ${seed}`)
      led += leading
    })
    const changes = replicas.reduce((sum, each) => sum + each.changes.length, 0)
    assert.ok(led > 1_000 && changes > 2, `seed ${seed}: ${led} steps led, ${changes} changes`)
  }
})
