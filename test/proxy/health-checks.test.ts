/** Active checks by a whole proxy of three worker threads: made once, known to all, on real sockets and real time. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BalancerSpec } from '../../src/model/cluster.ts'
import type { CheckSpec } from '../../src/model/health.ts'
import { Backend, eventually, get, ok } from './harness.ts'
import { clusterOf, endpointsOf, NAME, World } from './threads.ts'

const INTERVAL_MS = 100
const BALANCER: BalancerSpec = { kind: 'round-robin' }
const CHECK: CheckSpec = {
  probe: { kind: 'http', tls: false, path: '/healthz', headers: [], statuses: [[200, 299]] },
  ...{ intervalMs: INTERVAL_MS, timeoutMs: 5_000, healthyThreshold: 1, unhealthyThreshold: 2, jitterPercent: 10 },
}

interface CheckedBackend extends Backend {
  isWell: boolean
  checks: number
  requests: number
}

async function checked(t: TestContext): Promise<CheckedBackend> {
  const backend = Object.assign(await new Backend().listen(t), { isWell: true, checks: 0, requests: 0 })
  backend.answer = ({ start }) => {
    const isCheck = start.includes('/healthz')
    if (isCheck) backend.checks++
    else backend.requests++
    return isCheck && !backend.isWell ? 'HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n' : ok('')
  }
  return backend
}

async function begin(t: TestContext, count: number) {
  const backends = await Promise.all(Array.from({ length: count }, () => checked(t)))
  const world = new World(t)
  await world.start({ balancer: BALANCER, healthCheck: CHECK, panicPercent: 50 }, backends)
  const clients = await world.clients()
  const states = () =>
    world.supervisor
      .endpoints()
      [NAME]!.endpoints.map(({ health }) => health?.state)
      .join(' ')
  /** A request on every connection. @returns how many each backend got. */
  const round = async () => {
    const before = backends.map(({ requests }) => requests)
    for (const client of clients) {
      client.send(get('/'))
      assert.equal((await client.message()).status, 200)
    }
    return backends.map(({ requests }, i) => requests - before[i]!)
  }
  return { world, backends, states, round }
}

test('an unhealthy endpoint gets nothing from any worker, until it is healthy again', async (t) => {
  const { world, backends, states, round } = await begin(t, 3)
  await eventually('all are healthy', () => states() === 'healthy healthy healthy')
  assert.ok((await round()).every((requests) => requests > 0))

  backends[1]!.isWell = false
  await eventually('one is not', () => states() === 'healthy unhealthy healthy')
  const { health, weight } = world.supervisor.endpoints()[NAME]!.endpoints[1]!
  assert.deepEqual([health?.lastFailure, weight], ['answered 503, expected 200-299', 0])
  for (let rounds = 0; rounds < 3; rounds++) assert.equal((await round())[1], 0)
  const samples = await world.supervisor.samples()
  assert.ok(samples.some(([family, , value]) => family === 'sluice_endpoints_unhealthy' && value === 1))

  backends[1]!.isWell = true
  await eventually('it is again', () => states() === 'healthy healthy healthy')
  await eventually('it gets a share', () => world.supervisor.endpoints()[NAME]!.endpoints[1]!.weight > 0)
})

test('where too many are unhealthy all are used, and without the check everybody is', async (t) => {
  const { world, backends, states, round } = await begin(t, 3)
  backends[0]!.isWell = false
  backends[1]!.isWell = false
  await eventually('two are unhealthy', () => states() === 'unhealthy unhealthy healthy')
  assert.ok((await round()).every((requests) => requests > 0))

  await world.publish(clusterOf({ balancer: BALANCER, healthCheck: CHECK, panicPercent: 100 }))
  const [first, second, third] = await round()
  assert.deepEqual([first, second], [0, 0])
  assert.ok(third! > 0)

  await world.publish(clusterOf({ balancer: BALANCER }))
  assert.equal(states().trim(), '')
  await eventually('all have weight', () =>
    world.supervisor.endpoints()[NAME]!.endpoints.every(({ weight }) => weight > 0),
  )
})

test('checks are made once for all workers, and of nobody who left', async (t) => {
  const from = performance.now()
  const { world, backends, states } = await begin(t, 2)
  await eventually('some checks', () => states() === 'healthy healthy' && backends[0]!.checks >= 6)
  const intervals = (performance.now() - from) / (INTERVAL_MS * 0.9)
  assert.ok(backends[0]!.checks <= intervals + 2, `${backends[0]!.checks} in ${intervals} intervals`)

  await world.publish(endpointsOf(backends.slice(0, 1)))
  const left = backends[1]!.checks
  const stayed = backends[0]!.checks
  await eventually('the other one is checked', () => backends[0]!.checks >= stayed + 3)
  // One may have been on its way.
  assert.ok(backends[1]!.checks <= left + 1)
})
