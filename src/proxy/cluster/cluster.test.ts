import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { type EndpointSpec, endpointId } from '../../model/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import type { ConnectionPool, Transport } from '../types.ts'
import { Cluster } from './cluster.ts'

const NOW = 1_000
/** Nothing about it matters where nothing is hashed. */
const EXCHANGE = {} as Exchange

class FakePool implements ConnectionPool {
  draining = false
  /** What it was told of the time that is left; `undefined` where nothing was said. */
  readonly graces: (number | undefined)[] = []

  open(): never {
    throw new Error('not asked for here')
  }

  drain(graceMs?: number): void {
    this.draining = true
    this.graces.push(graceMs)
  }

  reopen(): void {
    this.draining = false
  }
}

class FakeTransport implements Transport {
  /** In the order they were made, by endpoint. */
  readonly pools: [id: string, pool: FakePool][] = []

  pool(spec: EndpointSpec): FakePool {
    const pool = new FakePool()
    this.pools.push([endpointId(spec), pool])
    return pool
  }
}

const endpoint = (n: number, more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  address: `10.0.0.${n}`,
  port: 80,
  weight: 1,
  state: 'ready',
  ...more,
})

function newCluster(...specs: readonly EndpointSpec[]) {
  const transport = new FakeTransport()
  const stats = new EndpointStats(endpointMemory(1, 0))
  const clock = new FakeClock()
  clock.advance(NOW)
  const cluster = new Cluster({ transport, random: () => 0, stats, clock, suspect() {} })
  cluster.setEndpoints(specs)
  return { cluster, transport }
}

/** Who is given out over a number of turns. */
function drawn(cluster: Cluster, turns = 8): string[] {
  const ids = Array.from({ length: turns }, () => cluster.acquire(EXCHANGE, undefined)?.id)
  return [...new Set(ids.filter((id) => id !== undefined))].sort()
}

test('without endpoints there is nobody', () => {
  assert.equal(newCluster().cluster.acquire(EXCHANGE, undefined), undefined)
})

test('a new set of endpoints holds from the same turn on', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(2))
  assert.deepEqual(drawn(cluster), ['10.0.0.1:80', '10.0.0.2:80'])
  cluster.setEndpoints([endpoint(3)])
  assert.deepEqual(drawn(cluster), ['10.0.0.3:80'])
  cluster.setEndpoints([])
  assert.equal(cluster.acquire(EXCHANGE, undefined), undefined)
})

test('an endpoint that stays keeps its connections and its count', () => {
  const { cluster, transport } = newCluster(endpoint(1))
  const before = cluster.acquire(EXCHANGE, undefined)!
  for (let i = 0; i < 3; i++) before.enter(false)
  cluster.setEndpoints([endpoint(1, { weight: 7 }), endpoint(2)])
  const after = Array.from({ length: 8 }, () => cluster.acquire(EXCHANGE, undefined)!).find(
    ({ id }) => id === '10.0.0.1:80',
  )!
  assert.equal(after, before)
  assert.equal(after.spec.weight, 7)
  assert.deepEqual(
    transport.pools.map(([id]) => id),
    ['10.0.0.1:80', '10.0.0.2:80'],
  )
})

test('connections of an endpoint that leaves are drained, those of the others are not', () => {
  const { cluster, transport } = newCluster(endpoint(1), endpoint(2))
  cluster.setEndpoints([endpoint(2)])
  assert.deepEqual(
    transport.pools.map(([id, { draining }]) => [id, draining]),
    [
      ['10.0.0.1:80', true],
      ['10.0.0.2:80', false],
    ],
  )
})

test('an endpoint that comes back after it left starts anew', () => {
  const { cluster, transport } = newCluster(endpoint(1))
  const gone = cluster.acquire(EXCHANGE, undefined)
  cluster.setEndpoints([])
  cluster.setEndpoints([endpoint(1)])
  assert.notEqual(cluster.acquire(EXCHANGE, undefined), gone)
  assert.deepEqual(
    transport.pools.map(([, { draining }]) => draining),
    [true, false],
  )
})

test('a draining endpoint gets nothing new', () => {
  const { cluster, transport } = newCluster(endpoint(1), endpoint(2))
  cluster.setEndpoints([endpoint(1, { state: 'draining' }), endpoint(2)])
  assert.deepEqual(drawn(cluster), ['10.0.0.2:80'])
  assert.equal(transport.pools[0]![1].draining, true)
})

test('how long an endpoint has goes along, and one that only disappears is not known to end', () => {
  const { cluster, transport } = newCluster(endpoint(1), endpoint(2))
  cluster.setEndpoints([endpoint(1, { state: 'draining', graceMs: 5_000 })])
  const [[, ending], [, gone]] = transport.pools as [[string, FakePool], [string, FakePool]]
  assert.deepEqual([ending.graces, gone.graces], [[5_000], [undefined]])
  cluster.setEndpoints([])
  assert.deepEqual(ending.graces, [5_000, undefined])
})

test('one that ends and does not serve gets nothing, not even where nobody else is there', () => {
  const { cluster, transport } = newCluster(endpoint(1, { state: 'draining', weight: 0, graceMs: 5_000 }))
  assert.equal(cluster.acquire(EXCHANGE, undefined), undefined)
  assert.deepEqual(transport.pools[0]![1].graces, [5_000])
})

test('a draining endpoint that is ready again is used again', () => {
  const { cluster, transport } = newCluster(endpoint(1, { state: 'draining' }), endpoint(2))
  cluster.setEndpoints([endpoint(1), endpoint(2)])
  assert.deepEqual(drawn(cluster), ['10.0.0.1:80', '10.0.0.2:80'])
  assert.equal(transport.pools[0]![1].draining, false)
})

test('where nobody is ready a draining endpoint is better than none', () => {
  const { cluster } = newCluster(endpoint(1, { state: 'draining' }), endpoint(2, { state: 'draining' }))
  assert.deepEqual(drawn(cluster), ['10.0.0.1:80', '10.0.0.2:80'])
})

test('weight 0 gets nothing, not even where nobody else is ready', () => {
  const { cluster } = newCluster(endpoint(1, { weight: 0 }), endpoint(2, { state: 'draining' }))
  assert.deepEqual(drawn(cluster), ['10.0.0.2:80'])
  cluster.setEndpoints([endpoint(1, { weight: 0 })])
  assert.equal(cluster.acquire(EXCHANGE, undefined), undefined)
})

test('ports and address families tell endpoints apart', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(1, { port: 81 }), endpoint(1, { address: 'fd00::1' }))
  assert.deepEqual(drawn(cluster), ['10.0.0.1:80', '10.0.0.1:81', '[fd00::1]:80'])
})

test('who is to be avoided is avoided where there is a choice', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(2))
  const first = cluster.acquire(EXCHANGE, undefined)
  for (let i = 0; i < 10; i++) assert.notEqual(cluster.acquire(EXCHANGE, [first!]), first)
})

test('requests that agree in what is hashed go to the same endpoint, others are spread', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(2), endpoint(3))
  cluster.setSpec({ balancer: { kind: 'maglev', on: ['header:X-Tenant'] } })
  const of = (tenant: string): string => {
    const requestHeaders = new HeaderList()
    requestHeaders.add('X-Tenant', tenant)
    return cluster.acquire({ requestHeaders } as Exchange, undefined)!.id
  }
  const tenants = Array.from({ length: 60 }, (_, n) => `tenant-${n}`)
  const first = tenants.map(of)
  assert.deepEqual(tenants.map(of), first)
  assert.equal(new Set(first).size, 3)
})

test('an endpoint with fewer requests under way is preferred where the cluster says so', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(2))
  cluster.setSpec({ balancer: { kind: 'least-request' } })
  const busy = cluster.acquire(EXCHANGE, undefined)!
  busy.enter(false)
  for (let i = 0; i < 10; i++) assert.notEqual(cluster.acquire(EXCHANGE, undefined), busy)
  busy.leave(false)
})

test('latency is measured where the balancer asks for it, and nowhere else', () => {
  const { cluster } = newCluster(endpoint(1), endpoint(2))
  assert.equal(cluster.acquire(EXCHANGE, undefined)!.latency, undefined)
  cluster.setSpec({ balancer: { kind: 'peak-ewma' } })
  const slow = cluster.acquire(EXCHANGE, undefined)!
  slow.latency!.observe(500, NOW)
  const other = cluster.acquire(EXCHANGE, [slow])!
  other.latency!.observe(5, NOW)
  for (let i = 0; i < 10; i++) assert.equal(cluster.acquire(EXCHANGE, undefined), other)
  cluster.setSpec({ balancer: { kind: 'round-robin' } })
  assert.equal(slow.latency, undefined)
})
