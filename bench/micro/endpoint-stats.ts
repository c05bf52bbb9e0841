/**
 * What shared counters add to a request, alone and beside a thread that writes to the same rows:
 * `node bench/micro/endpoint-stats.ts`.
 */
import { Worker } from 'node:worker_threads'
import { FakeClock } from '../../src/lib/clock.ts'
import { seededRandom } from '../../src/lib/random.ts'
import type { EndpointSpec } from '../../src/model/cluster.ts'
import { Cluster } from '../../src/proxy/cluster/cluster.ts'
import type { Exchange } from '../../src/proxy/exchange.ts'
import { type EndpointMemory, EndpointStats, endpointMemory } from '../../src/proxy/shared/endpoint-stats.ts'
import type { ConnectionPool } from '../../src/proxy/types.ts'
import { report } from './measure.ts'

const WORKERS = 8
const ENDPOINTS = 10
const EXCHANGE = {} as Exchange
const memory = endpointMemory(WORKERS, ENDPOINTS + 1)
const numbers = Array.from({ length: ENDPOINTS }, (_, n) => n + 1)

const supervisor = new EndpointStats(memory)
for (const number of [0, ...numbers]) supervisor.row(number).begin(Number.NEGATIVE_INFINITY)

function clusterOf(kind: 'round-robin' | 'least-request'): Cluster {
  const pool = (): ConnectionPool => ({ drain() {}, reopen() {} }) as unknown as ConnectionPool
  const stats = new EndpointStats(memory, 0)
  const cluster = new Cluster({
    transport: { pool },
    random: seededRandom(1),
    stats,
    clock: new FakeClock(),
    suspect() {},
  })
  cluster.setSpec({ balancer: { kind } })
  const specs = numbers.map((n): EndpointSpec => ({ address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready' }))
  cluster.setEndpoints(specs, { cluster: 'shop/web:80', row: 0, endpoints: numbers })
  return cluster
}

function run(beside: string): void {
  const rows = numbers.map((number) => new EndpointStats(memory, 0).row(number))
  report(`enter, answered, leave${beside}`, (n) => {
    const row = rows[n % ENDPOINTS]!
    row.enter()
    row.succeeded(0)
    row.leave()
  })
  report(`load of one, ${WORKERS} workers${beside}`, (n) => rows[n % ENDPOINTS]!.inFlight)
  for (const kind of ['round-robin', 'least-request'] as const) {
    const cluster = clusterOf(kind)
    report(`${kind}: acquire${beside}`, () => cluster.acquire(EXCHANGE, undefined))
    report(`${kind}: acquire, enter, answered, leave${beside}`, () => {
      const endpoint = cluster.acquire(EXCHANGE, undefined)!
      endpoint.enter(false)
      endpoint.answered(200, 0)
      endpoint.leave(false)
    })
  }
}

/** A thread that enters and leaves as fast as it can, as another worker under full load would a hundred times slower. */
const BUSY = `
  import { workerData } from 'node:worker_threads'
  const { EndpointStats } = await import(workerData.module)
  const stats = new EndpointStats(workerData.memory, workerData.worker)
  const rows = Array.from({ length: ${ENDPOINTS} }, (_, n) => stats.row(n + 1))
  for (let n = 0; ; n++) { const row = rows[n % rows.length]; row.enter(); row.succeeded(0); row.leave() }
`

function busy(worker: number, shared: EndpointMemory): Worker {
  const module = new URL('../../src/proxy/shared/endpoint-stats.ts', import.meta.url).href
  const url = new URL(`data:text/javascript,${encodeURIComponent(BUSY)}`)
  return new Worker(url, { workerData: { module, memory: shared, worker } })
}

run('')
const others = [busy(1, memory)]
await Promise.all(others.map((other) => new Promise((resolve) => other.once('online', resolve))))
run(', beside a busy thread')
await Promise.all(others.map((other) => other.terminate()))
