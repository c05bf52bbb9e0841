/** A whole proxy: supervisor and real worker threads, on real time. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { SystemClock } from '../../src/lib/clock.ts'
import { systemRandom } from '../../src/lib/random.ts'
import type { ClusterName, ClusterSpec, EndpointSpec } from '../../src/model/cluster.ts'
import type { Problem } from '../../src/model/problem.ts'
import { type Entry, entryOf } from '../../src/model/snapshot.ts'
import { probePort } from '../../src/proxy/supervisor/port.ts'
import type { WorkerThread } from '../../src/proxy/supervisor/worker-link.ts'
import { Supervisor, threads } from '../../src/proxy/supervisor.ts'
import { catchAll } from './catch-all.ts'
import { connectTo, type Peer } from './peer.ts'

export const HOST = '127.0.0.1'
export const WORKERS = 3
export const NAME = 'shop/web:80' as ClusterName

const ROUTE = catchAll(NAME, { connectMs: 5000, responseGapMs: 60_000, requestMs: 0 }, { attempts: 1 })

export class World {
  readonly supervisor: Supervisor
  readonly spawned: WorkerThread[] = []
  /** What traffic showed to be wrong, as it was last told. */
  findings: readonly Problem[] = []
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
      onFindings: (findings) => {
        this.findings = findings
      },
      onGiveUp: (reason) => assert.fail(reason),
    })
    t.after(() => this.supervisor.drain(0))
  }

  async start(spec: Partial<ClusterSpec>, backends: readonly Given[]): Promise<void> {
    await this.publish(entryOf('virtualHost', '*', ROUTE), clusterOf(spec), endpointsOf(backends))
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

export function clusterOf(spec: Partial<ClusterSpec>): Entry {
  const cluster = { name: NAME, namespace: 'shop', service: 'web', protocol: 'http/1.1', ...spec } as ClusterSpec
  return entryOf('cluster', NAME, cluster)
}

type Given = Pick<EndpointSpec, 'address' | 'port'> & Partial<Pick<EndpointSpec, 'revision'>>

export function endpointsOf(backends: readonly Given[]): Entry {
  const specs = backends.map(({ address, port, revision }): EndpointSpec => {
    return { address, port, weight: 1, state: 'ready', ...(revision === undefined ? {} : { revision }) }
  })
  return entryOf('endpoints', NAME, specs)
}
