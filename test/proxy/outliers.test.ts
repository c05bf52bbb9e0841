/** Endpoints that answer, but badly or late, in front of a whole proxy of three worker threads, on real time. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { DEFAULT_OUTLIER, type OutlierSpec } from '../../src/model/cluster.ts'
import { Backend, get, ok } from './harness.ts'
import { NAME, World } from './threads.ts'

const COUNT = 4
const FAULTY = 2
const SLOW_MS = 60
const DEADLINE_MS = 30_000

/** Sends requests until somebody is ejected. @returns who is. */
async function firstEjected(t: TestContext, outlier: Partial<OutlierSpec>, spoil: (backend: Backend) => void) {
  const backends = await Promise.all(Array.from({ length: COUNT }, () => new Backend().listen(t)))
  for (const backend of backends) backend.answer = () => ok('')
  spoil(backends[FAULTY]!)
  const world = new World(t)
  await world.start(
    {
      balancer: { kind: 'round-robin' },
      outlier: { ...DEFAULT_OUTLIER, consecutiveFaults: 0, intervalMs: 1_000, minRequests: 20, ...outlier },
    },
    backends,
  )
  const clients = await world.clients()
  const ejected = () => {
    const { endpoints } = world.supervisor.endpoints()[NAME]!
    return endpoints.flatMap(({ ejectedForMs }, n) => (ejectedForMs > 0 ? [n] : []))
  }
  for (const deadline = performance.now() + DEADLINE_MS; ejected().length === 0; ) {
    assert.ok(performance.now() < deadline, 'nobody was ejected')
    for (const client of clients) client.send(get('/'))
    await Promise.all(clients.map((client) => client.message()))
  }
  const reasons = (await world.supervisor.samples()).flatMap(([family, labels]) => {
    return family === 'sluice_endpoint_ejections' ? [labels.at(-1)] : []
  })
  return { ejected: ejected(), reasons }
}

test('an endpoint that fails half of its requests is ejected, and nobody else', async (t) => {
  const outcome = await firstEjected(t, { failurePercent: 30 }, (backend) => {
    let requests = 0
    backend.answer = () => (++requests % 2 === 0 ? ok('') : 'HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n')
  })
  assert.deepEqual(outcome, { ejected: [FAULTY], reasons: ['failure-percent'] })
})

test('an endpoint that takes several times as long as the others is ejected', async (t) => {
  const outcome = await firstEjected(t, { latencyFactor: 3 }, (backend) => {
    backend.answer = (_request, peer) => {
      void pause(SLOW_MS).then(() => peer.send(ok('')))
      return ''
    }
  })
  assert.deepEqual(outcome, { ejected: [FAULTY], reasons: ['latency'] })
})
