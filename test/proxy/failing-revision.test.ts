/** A rollout that went wrong, in front of a whole proxy of three worker threads, on real sockets and real time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_OUTLIER } from '../../src/model/cluster.ts'
import { Backend, eventually, get, ok } from './harness.ts'
import { endpointsOf, NAME, World } from './threads.ts'

const DEADLINE_MS = 30_000
const LEFT = 3

test('the revision that fails is named and gets less, and a rollback is the end of it', async (t) => {
  const backends = await Promise.all(
    ['old', 'old', 'old', 'old', 'new', 'new'].map(async (revision) => {
      return Object.assign(await new Backend().listen(t), { revision, requests: 0 })
    }),
  )
  for (const backend of backends) {
    backend.answer = () => {
      backend.requests++
      return backend.revision === 'old' ? ok('') : 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n'
    }
  }
  const world = new World(t)
  await world.start({ balancer: { kind: 'round-robin' }, outlier: { ...DEFAULT_OUTLIER, intervalMs: 1_000 } }, backends)
  const clients = await world.clients()
  const round = async () => {
    for (const client of clients) client.send(get('/'))
    await Promise.all(clients.map((client) => client.message()))
  }
  for (const deadline = performance.now() + DEADLINE_MS; world.findings.length === 0; ) {
    assert.ok(performance.now() < deadline, 'nobody was found out')
    await round()
  }
  const [{ at, reason, message }] = world.findings as [(typeof world.findings)[0]]
  assert.deepEqual([at, reason], [{ kind: 'Service', namespace: 'shop', name: 'web' }, 'RevisionFails'])
  assert.match(
    message,
    /^port 80: revision new \(2 endpoints\) fails 100\.0 % of \d+ requests, all others 0\.0 % of \d+/,
  )
  assert.equal(world.supervisor.endpoints()[NAME]!.failingGroup, 'revision new')

  assert.deepEqual(
    world.supervisor.endpoints()[NAME]!.endpoints.map(({ weight }) => weight),
    [1, 1, 1, 1, 0.1, 0.1],
  )
  const before = backends.map(({ requests }) => requests)
  for (let rounds = 0; rounds < 20; rounds++) await round()
  const got = backends.map(({ requests }, n) => requests - before[n]!)
  assert.ok(got[4]! + got[5]! < (got[0]! + got[1]!) / LEFT, `${got}`)

  await world.publish(endpointsOf(backends.slice(0, 4)))
  await eventually('nothing is wrong any more', () => world.findings.length === 0)
})
