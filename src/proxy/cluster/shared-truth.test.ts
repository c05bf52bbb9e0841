/** What a cluster makes of what others know: loads and verdicts in shared memory, as two workers and a supervisor see it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { seededRandom } from '../../lib/random.ts'
import { type BalancerSpec, type ClusterSpec, DEFAULT_OUTLIER, type EndpointSpec } from '../../model/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import type { ConnectionPool } from '../types.ts'
import { Cluster } from './cluster.ts'

const SEED = 5
const EXCHANGE = {} as Exchange
const at = (n: number): EndpointSpec => ({ address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready' })
const SPECS = [at(1), at(2), at(3)]
const ROWS = { cluster: 'shop/web:80', row: 0, endpoints: [1, 2, 3] }
const [FIRST, SECOND] = ['10.0.0.1:80', '10.0.0.2:80']

function setUp(spec: Partial<ClusterSpec> = {}, endpoints: readonly EndpointSpec[] = SPECS) {
  const memory = endpointMemory(2, 8)
  const supervisor = new EndpointStats(memory)
  const suspects: number[] = []
  const clock = new FakeClock()
  clock.advance(100_000)
  for (const row of [0, 1, 2, 3]) supervisor.row(row).begin(Number.NEGATIVE_INFINITY)
  const clusters = [0, 1].map((worker) => {
    const pool = (): ConnectionPool => ({ drain() {}, reopen() {} }) as unknown as ConnectionPool
    const stats = new EndpointStats(memory, worker)
    const suspect = () => suspects.push(worker)
    const cluster = new Cluster({
      transport: { pool },
      random: seededRandom(SEED + worker),
      stats,
      clock,
      suspect,
    })
    cluster.setSpec({ balancer: { kind: 'round-robin' }, ...spec })
    cluster.setEndpoints(endpoints, ROWS)
    return cluster
  })
  const pass = (ms: number) => {
    clock.advance(ms)
  }
  return { supervisor, suspects, clusters, pass, now: () => clock.now() }
}

const pick = (cluster: Cluster) => cluster.acquire(EXCHANGE, undefined)!

function shares(cluster: Cluster, turns = 300): Record<string, number> {
  const picked = Array.from({ length: turns }, () => pick(cluster).id)
  return Object.fromEntries([FIRST, SECOND].map((id) => [id, picked.filter((each) => each === id).length / turns]))
}

test('the load of an endpoint is what all workers have under way there', () => {
  const { clusters } = setUp({ balancer: { kind: 'least-request' } })
  const [a, b] = clusters as [Cluster, Cluster]
  const busy = pick(a)
  busy.enter(false)
  busy.enter(false)
  const same = pick(b)
  assert.notEqual(same.id, busy.id)
  for (let i = 0; i < 20; i++) assert.notEqual(pick(b).id, busy.id)
  busy.leave(false)
  busy.leave(false)
  const turns = Array.from({ length: 20 }, () => pick(b))
  assert.equal(turns.find(({ id }) => id === busy.id)?.inFlight, 0)
})

test('what is under way when an endpoint gets another row is counted where it began', () => {
  const { clusters, supervisor } = setUp()
  const [cluster] = clusters as [Cluster]
  const endpoint = pick(cluster)
  endpoint.enter(false)
  cluster.setEndpoints(SPECS, { ...ROWS, endpoints: [4, 5, 6] })
  endpoint.leave(false)
  for (const row of [0, 1, 2, 3, 4, 5, 6]) assert.equal(supervisor.row(row).inFlight, 0)
})

test('an ejected endpoint gets nothing from any worker once the verdict is announced, and comes back by itself', () => {
  const { clusters, supervisor, now, pass } = setUp()
  for (const cluster of clusters) shares(cluster, 3)
  supervisor.row(1).eject(now() + 10_000, 1)
  supervisor.announce()
  for (const cluster of clusters) assert.equal(shares(cluster)[FIRST], 0)
  pass(10_000)
  for (const cluster of clusters) assert.ok(Math.abs(shares(cluster)[FIRST]! / (0.1 / 2.1) - 1) < 0.1)
  pass(10_000)
  for (const cluster of clusters) assert.ok(Math.abs(shares(cluster)[FIRST]! - 1 / 3) < 0.02)
})

const BALANCERS: readonly BalancerSpec[] = [
  { kind: 'round-robin' },
  { kind: 'random' },
  { kind: 'least-request' },
  { kind: 'peak-ewma' },
  { kind: 'maglev', on: ['client'] },
]

/** What an endpoint gets of many requests of as many clients. */
function shareOf(cluster: Cluster, id: string | undefined): number {
  const turns = 20_000
  let own = 0
  for (let i = 0; i < turns; i++) {
    const exchange = { clientAddress: `2001:db8::${i.toString(16)}` } as Exchange
    if (cluster.acquire(exchange, undefined)!.id === id) own++
  }
  return own / turns
}

for (const balancer of BALANCERS) {
  test(`${balancer.kind}: a new endpoint gets what an old one of the weight on the curve would get`, () => {
    const slowStart = { windowMs: 40_000, aggression: 1, minWeightPercent: 10 }
    const { clusters, supervisor, now, pass } = setUp({ balancer, slowStart })
    supervisor.row(2).begin(now())
    for (const [ms, weight] of [
      [0, 0.1],
      [10_000, 0.25],
      [10_000, 0.5],
      [20_000, 1],
    ] as const) {
      pass(ms)
      const steady = setUp({ balancer }, [at(1), { ...at(2), weight }, at(3)]).clusters[0]!
      const due = shareOf(steady, SECOND)
      for (const cluster of clusters) {
        const share = shareOf(cluster, SECOND)
        assert.ok(Math.abs(share / due - 1) < 0.1, `${share}, where ${due} is due at weight ${weight}`)
      }
    }
  })
}

test('where the only fit endpoint has just failed, another attempt goes to one that is ejected', () => {
  const { clusters, supervisor, now } = setUp({ panicPercent: 100 })
  const [cluster] = clusters as [Cluster]
  supervisor.row(1).eject(now() + 20_000, 1)
  supervisor.row(2).eject(now() + 10_000, 1)
  supervisor.announce()
  const only = pick(cluster)
  for (let i = 0; i < 5; i++) assert.equal(pick(cluster), only)
  assert.equal(cluster.acquire(EXCHANGE, [only])!.id, SECOND)
})

test('verdicts about others leave a picker as it is, with its place in the round', () => {
  const { clusters, supervisor } = setUp()
  const [cluster] = clusters as [Cluster]
  const picked = Array.from({ length: 12 }, () => {
    supervisor.announce()
    return pick(cluster).id
  })
  assert.deepEqual(picked.slice(0, 3), picked.slice(3, 6))
  assert.equal(new Set(picked.slice(0, 3)).size, 3)
})

test('a streak is told when it is long enough and each time it has doubled, whichever worker saw the last of it', () => {
  const { clusters, suspects } = setUp({ outlier: { ...DEFAULT_OUTLIER, consecutiveFaults: 4 } })
  const [a, b] = clusters.map((cluster) => {
    for (;;) {
      const endpoint = pick(cluster)
      if (endpoint.id === FIRST) return endpoint
    }
  })
  for (const endpoint of [a!, b!, a!]) endpoint.faulted('connect-refused')
  assert.deepEqual(suspects, [])
  b!.faulted('client-gone')
  b!.faulted('connect-refused')
  a!.faulted('connect-refused')
  assert.deepEqual(suspects, [1])
  // At 8, 16, 32 and 64, in case that there was no room before.
  for (let i = 5; i < 100; i++) a!.faulted('connect-refused')
  assert.equal(suspects.length, 5)
})

test('answers of the application are no faults, and end a streak of them', () => {
  const { clusters, suspects } = setUp()
  const endpoint = pick(clusters[0]!)
  for (let i = 0; i < 4; i++) endpoint.faulted('upstream-timeout')
  endpoint.answered(500, 0)
  for (let i = 0; i < 4; i++) endpoint.faulted('upstream-timeout')
  for (let i = 0; i < 50; i++) endpoint.answered(503, 0)
  assert.deepEqual(suspects, [])
})

test('latency is measured where somebody may be ejected for it', () => {
  const measured = (latencyFactor: number) =>
    pick(setUp({ outlier: { ...DEFAULT_OUTLIER, latencyFactor } }).clusters[0]!).measured
  assert.deepEqual([measured(0), measured(4)], [false, true])
})
