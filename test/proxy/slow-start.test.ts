/**
 * The share of a new endpoint as its requests arrive on the wire, with one data plane and with three that share their
 * memory, on a clock that the test moves.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { FakeClock } from '../../src/lib/clock.ts'
import { seededRandom } from '../../src/lib/random.ts'
import type { BalancerSpec, ClusterName, ClusterSpec } from '../../src/model/cluster.ts'
import { entryOf, type Update } from '../../src/model/snapshot.ts'
import { Proxy as DataPlane } from '../../src/proxy/proxy.ts'
import { EndpointStats, endpointMemory } from '../../src/proxy/shared/endpoint-stats.ts'
import { EndpointRows } from '../../src/proxy/supervisor/endpoint-rows.ts'
import { catchAll } from './catch-all.ts'
import { Backend, get, ok } from './harness.ts'
import { connectTo, type Peer } from './peer.ts'

const SEED = 99
const NAME = 'shop/web:80' as ClusterName
const WINDOW_MS = 60_000
const REQUESTS = 3_000
/** So many that chance alone strays by less than a third of what is allowed. */
const MANY = 4 * REQUESTS
/** Our start, by the clock of the cluster. */
const CLUSTER_EPOCH = Date.UTC(2026, 0, 1)
/** As many in one write. */
const BATCH = 50
const TURNS: BalancerSpec = { kind: 'round-robin' }
/** Where chance or load has a say, the share at a weight is that balancer's own. */
const OTHERS: readonly BalancerSpec[] = [
  { kind: 'least-request' },
  { kind: 'peak-ewma' },
  { kind: 'random' },
  { kind: 'maglev', on: ['path'] },
]

const ROUTE = catchAll(NAME, { connectMs: 0, responseGapMs: 0, requestMs: 0 }, { attempts: 0 })

interface CountingBackend extends Backend {
  requests: number
}

class Fleet {
  readonly clock = new FakeClock()
  readonly #planes: readonly DataPlane[]
  readonly #rows: EndpointRows
  readonly #clients: Peer[] = []
  #revision = 0

  constructor(workers: number) {
    const memory = endpointMemory(workers, 16)
    const now = () => this.clock.now()
    const clusterTime = () => CLUSTER_EPOCH + this.clock.now()
    const stats = new EndpointStats(memory)
    this.#rows = new EndpointRows({ stats, now, clusterTime, onFull: () => assert.fail('full') })
    this.#planes = Array.from({ length: workers }, (_, index) => {
      const random = seededRandom(SEED + index)
      return new DataPlane({
        ...{ clock: this.clock, random, accessLog: undefined },
        endpoints: new EndpointStats(memory, index),
      })
    })
  }

  async listen(t: TestContext): Promise<void> {
    for (const plane of this.#planes) {
      const port = await plane.listen({ host: '127.0.0.1', port: 0, reusePort: false })
      this.#clients.push(await connectTo(t, port))
      t.after(async () => {
        const drained = plane.drain(1)
        this.clock.advance(1000)
        await drained
      })
    }
  }

  publish(...upserts: Update['upserts']): void {
    const update = { revision: ++this.#revision, upserts, removals: [] }
    const rows = this.#rows.update(update, this.#revision - 1)
    for (const plane of this.#planes) plane.apply(update, { rows, limits: [], canaries: [] })
  }

  /** Many requests over all planes. @returns how many of them came to this backend. */
  async shareOf(backend: CountingBackend, requests = REQUESTS): Promise<number> {
    const before = backend.requests
    for (let sent = 0; sent < requests; sent += BATCH) {
      const client = this.#clients[(sent / BATCH) % this.#clients.length]!
      client.send(Array.from({ length: BATCH }, (_, i) => get(`/${sent + i}`)).join(''))
      for (let i = 0; i < BATCH; i++) await client.message()
    }
    return (backend.requests - before) / requests
  }
}

async function counting(t: TestContext): Promise<CountingBackend> {
  const backend = Object.assign(await new Backend().listen(t), { requests: 0 })
  backend.answer = () => {
    backend.requests++
    return ok('')
  }
  return backend
}

/** @param ages for how many milliseconds they were ready when we started; nobody says it of the others. */
function endpointsOf(backends: readonly Backend[], weights: readonly number[] = [], ages: readonly number[] = []) {
  const specs = backends.map(({ address, port }, i) => ({
    ...{ address, port, weight: weights[i] ?? 1, state: 'ready' as const },
    ...(ages[i] === undefined ? {} : { readyAt: CLUSTER_EPOCH - ages[i] }),
  }))
  return entryOf('endpoints', NAME, specs)
}

function routeOf(balancer: BalancerSpec) {
  const spec: ClusterSpec = {
    ...{ name: NAME, namespace: 'shop', service: 'web', protocol: 'http/1.1', balancer },
    slowStart: { windowMs: WINDOW_MS, aggression: 1, minWeightPercent: 10 },
  }
  return [entryOf('virtualHost', '*', ROUTE), entryOf('cluster', NAME, spec)]
}

/** Three endpoints that were there before, and one that comes now. */
async function begin(t: TestContext, balancer: BalancerSpec, workers: number) {
  const backends = await Promise.all([0, 1, 2, 3].map(() => counting(t)))
  const fleet = new Fleet(workers)
  fleet.publish(...routeOf(balancer), endpointsOf(backends.slice(0, 3)))
  await fleet.listen(t)
  await fleet.shareOf(backends[0]!)
  fleet.publish(endpointsOf(backends))
  return { fleet, backends, young: backends[3]! }
}

for (const workers of [1, 3]) {
  test(`the share of a new endpoint follows the curve within a tenth, ${workers} workers (seed ${SEED})`, async (t) => {
    const { fleet, young } = await begin(t, TURNS, workers)
    for (const weight of [0.25, 0.5, 0.75, 1]) {
      fleet.clock.advance(WINDOW_MS / 4)
      const share = await fleet.shareOf(young)
      const expected = weight / (3 + weight)
      assert.ok(Math.abs(share / expected - 1) < 0.1, `${share}, where ${expected} is due at weight ${weight}`)
    }
  })
}

for (const balancer of OTHERS) {
  for (const workers of [1, 3]) {
    test(`by ${balancer.kind} it is what an old one gets at that weight, ${workers} workers (seed ${SEED})`, async (t) => {
      const { fleet, young, backends } = await begin(t, balancer, workers)
      fleet.clock.advance(WINDOW_MS / 2)
      const share = await fleet.shareOf(young, MANY)

      const steady = new Fleet(workers)
      steady.publish(...routeOf(balancer), endpointsOf(backends, [1, 1, 1, 0.5]))
      await steady.listen(t)
      const expected = await steady.shareOf(young, MANY)
      t.diagnostic(`${share.toFixed(4)}, an old one ${expected.toFixed(4)}`)
      assert.ok(Math.abs(share / expected - 1) < 0.1, `${share}, where an old one gets ${expected}`)
    })
  }
}

test('at once a new endpoint gets the least share, and what the first update brought got all of its', async (t) => {
  const { fleet, young } = await begin(t, TURNS, 1)
  const share = await fleet.shareOf(young)
  assert.ok(Math.abs(share / (0.1 / 3.1) - 1) < 0.1, `${share}`)
})

test('a Pod that was ready for half of the window when we started has half of its share, and the old ones all', async (t) => {
  const backends = await Promise.all([0, 1, 2, 3].map(() => counting(t)))
  const fleet = new Fleet(3)
  const hour = 3_600_000
  fleet.publish(...routeOf(TURNS), endpointsOf(backends, [], [hour, hour, hour, WINDOW_MS / 2]))
  await fleet.listen(t)
  const share = await fleet.shareOf(backends[3]!)
  assert.ok(Math.abs(share / (0.5 / 3.5) - 1) < 0.1, `${share}`)
})
