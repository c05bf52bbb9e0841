/** Three real worker threads in front of raw backends: what one of them knows all know, and what it had dies with it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SystemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import { type ClusterName, type ClusterSpec, DEFAULT_OUTLIER, type EndpointSpec } from '../../src/model/cluster.ts'
import { type Entry, entryOf } from '../../src/model/snapshot.ts'
import { probePort } from '../../src/proxy/supervisor/port.ts'
import type { WorkerThread } from '../../src/proxy/supervisor/worker-link.ts'
import { Supervisor, threads } from '../../src/proxy/supervisor.ts'
import { catchAll } from './catch-all.ts'
import { answering, Backend, eventually, get } from './harness.ts'
import { connectTo, type Peer } from './peer.ts'

const HOST = '127.0.0.1'
const WORKERS = 3
const NAME = 'shop/web:80' as ClusterName

const ROUTE = catchAll(NAME, { connectMs: 5000, responseGapMs: 60_000, requestMs: 0 }, { attempts: 1 })

class World {
  readonly supervisor: Supervisor
  readonly spawned: WorkerThread[] = []
  readonly #t: TestContext
  #port = 0
  #revision = 0

  constructor(t: TestContext) {
    this.#t = t
    const spawn = threads(16)
    this.supervisor = new Supervisor({
      workers: WORKERS,
      spawn: (data, events) => {
        const thread = spawn(data, events)
        this.spawned.push(thread)
        return thread
      },
      clock: new SystemClock(),
      random: systemRandom,
      log: { info() {}, error() {} },
      accessLog: undefined,
      onGiveUp: (reason) => assert.fail(reason),
    })
    t.after(() => this.supervisor.drain(0))
  }

  async start(spec: Partial<ClusterSpec>, backends: readonly Pick<EndpointSpec, 'address' | 'port'>[]): Promise<void> {
    const cluster = { name: NAME, namespace: 'shop', service: 'web', protocol: 'http/1.1', ...spec } as ClusterSpec
    await this.publish(entryOf('virtualHost', '*', ROUTE), entryOf('cluster', NAME, cluster), endpointsOf(backends))
    this.#port = await probePort(HOST, 0)
    await this.supervisor.listen({ host: HOST, port: this.#port, reusePort: process.platform === 'linux' })
  }

  publish(...upserts: readonly Entry[]): Promise<void> {
    return this.supervisor.publish({ revision: ++this.#revision, upserts, removals: [] })
  }

  /** Connections that the kernel spreads over the workers: with this many, each of them has some. */
  clients(count = 24): Promise<Peer[]> {
    return Promise.all(Array.from({ length: count }, () => connectTo(this.#t, this.#port)))
  }

  /** Requests under way at each endpoint, as everybody sees them. */
  loads(): readonly number[] {
    const { endpoints } = this.supervisor.endpoints()[NAME]!
    return endpoints.map(({ inFlight }) => inFlight)
  }
}

function endpointsOf(backends: readonly Pick<EndpointSpec, 'address' | 'port'>[]): Entry {
  const specs = backends.map(({ address, port }) => ({ address, port, weight: 1, state: 'ready' as const }))
  return entryOf('endpoints', NAME, specs)
}

test('least request is even over all workers together, and a dead worker leaves no load behind', async (t) => {
  const backends = await Promise.all([0, 1, 2].map(() => new Backend().listen(t)))
  const world = new World(t)
  await world.start({ balancer: { kind: 'least-request' } }, backends)
  const clients = await world.clients(60)
  // Nobody answers: all requests stay under way, and each pick has to know of those of the other workers.
  for (const client of clients) {
    const before = sum(world.loads())
    client.send(get('/hang'))
    await eventually('one more', () => sum(world.loads()) === before + 1)
  }
  const loads = world.loads()
  assert.ok(Math.max(...loads) - Math.min(...loads) <= 3, `${loads}`)

  world.spawned[0]!.terminate()
  while (world.supervisor.deaths === 0 || world.supervisor.listening < WORKERS) await pause(10)
  const alive = () =>
    backends.map(({ connections }) => connections.filter(({ ended, closed }) => !ended && !closed).length)
  await eventually('what it had is forgotten', () => sum(world.loads()) === sum(alive()))
  assert.ok(sum(alive()) < 60, 'the dead one had some')
})

test('an endpoint that refuses is ejected for all workers, by what all of them saw', async (t) => {
  const backends = await Promise.all([0, 1, 2].map(() => new Backend().listen(t)))
  answering(...backends)
  const world = new World(t)
  const refusing = { address: HOST, port: await probePort(HOST, 0) }
  await world.start({ outlier: { ...DEFAULT_OUTLIER, consecutiveFaults: 12 }, balancer: { kind: 'round-robin' } }, [
    ...backends,
    refusing,
  ])
  const clients = await world.clients()
  const faults = async () => {
    const samples = await world.supervisor.samples()
    return sum(samples.flatMap(([family, , value]) => (family === 'sluice_upstream_faults' ? [Number(value)] : [])))
  }
  const round = async () => {
    for (const client of clients) {
      client.send(get('/'))
      assert.equal((await client.message()).status, 200)
    }
  }
  for (let rounds = 0; rounds < 20 && (await faults()) < 12; rounds++) await round()
  const ejected = () => world.supervisor.endpoints()[NAME]!.endpoints.map(({ ejectedForMs }) => ejectedForMs > 0)
  await eventually('it is ejected', () => ejected().filter(Boolean).length > 0)
  assert.deepEqual(ejected(), [false, false, false, true])
  const before = await faults()
  for (let rounds = 0; rounds < 3; rounds++) await round()
  assert.equal(await faults(), before)
})

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0)
}
