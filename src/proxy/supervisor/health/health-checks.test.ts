import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../../lib/clock.ts'
import type { ClusterName, ClusterSpec, EndpointSpec } from '../../../model/cluster.ts'
import type { CheckSpec } from '../../../model/health.ts'
import { entryOf, type ResourceKey, resourceKey } from '../../../model/snapshot.ts'
import { EndpointStats, endpointMemory } from '../../shared/endpoint-stats.ts'
import { EndpointRows } from '../endpoint-rows.ts'
import { HealthChecks } from './health-checks.ts'

const NAME = 'shop/web:80' as ClusterName
const INTERVAL_MS = 1_000
const CHECK: CheckSpec = {
  probe: { kind: 'tcp' },
  ...{ intervalMs: INTERVAL_MS, timeoutMs: 500, healthyThreshold: 2, unhealthyThreshold: 2, jitterPercent: 0 },
}
const at = (n: number, more: Partial<EndpointSpec> = {}): EndpointSpec => {
  return { address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready', ...more }
}
const clusterEntry = (healthCheck?: CheckSpec) => {
  return entryOf('cluster', NAME, { name: NAME, ...(healthCheck && { healthCheck }) } as ClusterSpec)
}

/** One cluster; the addresses in `broken` fail their checks. */
function setUp() {
  const clock = new FakeClock()
  const stats = new EndpointStats(endpointMemory(1, 32))
  const rows = new EndpointRows({ stats, now: () => clock.now(), onFull: () => assert.fail('full') })
  const broken = new Set<string>()
  const log: string[] = []
  let asked = 0
  const checks = new HealthChecks({
    ...{ rows, stats, clock, random: () => 0.5 },
    log: { info: (fields, message) => log.push(`${message} ${JSON.stringify(fields)}`) },
    ask: async ({ address }) => {
      asked++
      return broken.has(address) ? 'refused' : undefined
    },
  })
  let revision = 0
  const publish = (...upserts: ReturnType<typeof entryOf>[]) => send(upserts, [])
  const send = (upserts: ReturnType<typeof entryOf>[], removals: ResourceKey[]) => {
    const update = { revision: ++revision, upserts, removals }
    rows.update(update, revision - 1)
    checks.update(update)
  }
  /** So many intervals pass, with the answers in them. */
  const pass = async (intervals: number) => {
    for (let half = 0; half < 2 * intervals; half++) {
      clock.advance(INTERVAL_MS / 2)
      for (let turn = 0; turn < 4; turn++) await Promise.resolve()
    }
  }
  const unhealthy = () => {
    const { endpoints } = rows.clusters.get(NAME)!
    return endpoints.flatMap(({ spec, row }) => (row!.isUnhealthy ? [spec.address] : []))
  }
  const endpoints = (...specs: readonly EndpointSpec[]) => entryOf('endpoints', NAME, specs)
  const asks = () => {
    const before = asked
    asked = 0
    return before
  }
  return { clock, stats, rows, checks, broken, log, publish, send, pass, unhealthy, endpoints, asks }
}

test('nobody is asked where no check is asked for', async () => {
  const { publish, pass, endpoints, asks, checks } = setUp()
  publish(clusterEntry(), endpoints(at(1), at(2)))
  await pass(3)
  assert.deepEqual([asks(), checks.view(NAME, '10.0.0.1:80'), [...checks.samples()]], [0, undefined, []])
})

test('who fails often enough is unhealthy for all workers, and healthy again after as many good answers', async () => {
  const { publish, pass, endpoints, broken, unhealthy, stats, log, checks, rows, clock } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2)))
  assert.deepEqual(checks.view(NAME, '10.0.0.2:80'), { state: 'unchecked' })
  broken.add('10.0.0.2')
  const { epoch } = stats
  await pass(1)
  assert.deepEqual(unhealthy(), [])
  await pass(1)
  assert.deepEqual(unhealthy(), ['10.0.0.2'])
  assert.notEqual(stats.epoch, epoch)
  assert.deepEqual(checks.view(NAME, '10.0.0.2:80'), { state: 'unhealthy', lastFailure: 'refused' })
  assert.deepEqual(log, [
    'an endpoint is unhealthy {"cluster":"shop/web:80","endpoint":"10.0.0.2:80","reason":"refused"}',
  ])
  broken.clear()
  await pass(2)
  assert.deepEqual(unhealthy(), [])
  assert.equal(log.at(-1), 'an endpoint is healthy again {"cluster":"shop/web:80","endpoint":"10.0.0.2:80"}')
  const { ejectedUntil } = rows.clusters.get(NAME)!.endpoints[1]!.row!
  assert.ok(ejectedUntil > 0 && ejectedUntil <= clock.now() + 100, 'its share grows back')
})

test('an endpoint that leaves, or drains, is not asked any more', async () => {
  const { publish, pass, endpoints, asks } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2), at(3)))
  await pass(1)
  assert.equal(asks(), 3)
  publish(endpoints(at(1), at(2, { state: 'draining' })))
  await pass(2)
  assert.equal(asks(), 2)
})

test('who comes back under the same address starts anew', async () => {
  const { publish, pass, endpoints, broken, unhealthy } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2)))
  broken.add('10.0.0.2')
  await pass(2)
  publish(endpoints(at(1)))
  publish(endpoints(at(1), at(2)))
  assert.deepEqual(unhealthy(), [])
  await pass(1)
  assert.deepEqual(unhealthy(), [])
  await pass(1)
  assert.deepEqual(unhealthy(), ['10.0.0.2'])
})

test('without the check nobody is unhealthy, from the same moment on', async () => {
  const { publish, pass, endpoints, broken, unhealthy, asks, checks } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2)))
  broken.add('10.0.0.2')
  await pass(2)
  publish(clusterEntry())
  assert.deepEqual([unhealthy(), checks.view(NAME, '10.0.0.2:80')], [[], undefined])
  asks()
  await pass(2)
  assert.equal(asks(), 0)
})

test('a check that changes goes on from what is known: unhealthy until the first good answer', async () => {
  const { publish, pass, endpoints, broken, unhealthy, asks } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2)))
  broken.add('10.0.0.2')
  await pass(2)
  publish(clusterEntry({ ...CHECK, probe: { kind: 'tcp', port: 81 } }))
  assert.deepEqual(unhealthy(), ['10.0.0.2'])
  broken.clear()
  await pass(1)
  assert.deepEqual(unhealthy(), [])
  asks()
  await pass(1)
  assert.equal(asks(), 2, 'the old question is not asked beside the new one')
})

test('an endpoint that says for itself how it is checked is checked in that way', async () => {
  const { publish, pass, endpoints, asks, checks } = setUp()
  publish(clusterEntry(), endpoints(at(1, { healthCheck: CHECK }), at(2)))
  await pass(2)
  assert.equal(asks(), 2)
  assert.deepEqual(checks.view(NAME, '10.0.0.1:80'), { state: 'healthy' })
  assert.equal(checks.view(NAME, '10.0.0.2:80'), undefined)
})

test('checks are counted by result for the clusters that have any, until these are gone', async () => {
  const { publish, send, pass, endpoints, broken, checks, asks } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1), at(2)))
  broken.add('10.0.0.2')
  await pass(2)
  const labels = ['shop', 'web', '80']
  assert.deepEqual(
    [...checks.samples()],
    [
      ['sluice_endpoints_unhealthy', labels, 1],
      ['sluice_health_checks', [...labels, 'passed'], 2],
      ['sluice_health_checks', [...labels, 'failed'], 2],
    ],
  )
  send([], [resourceKey('cluster', NAME), resourceKey('endpoints', NAME)])
  assert.deepEqual([...checks.samples()], [])
  asks()
  await pass(2)
  assert.equal(asks(), 0)
})

test('at the end of the process nobody is asked any more', async () => {
  const { publish, pass, endpoints, checks, asks } = setUp()
  publish(clusterEntry(CHECK), endpoints(at(1)))
  checks.stop()
  await pass(3)
  assert.equal(asks(), 0)
})
