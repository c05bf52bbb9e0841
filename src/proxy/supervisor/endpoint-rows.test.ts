import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EndpointSpec } from '../../model/cluster.ts'
import { entryOf, resourceKey, type Update } from '../../model/snapshot.ts'
import { NO_ROW } from '../messages.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import { EndpointRows } from './endpoint-rows.ts'

const NOW = 50_000
/** What the clock of the cluster says, which has nothing to do with ours. */
const CLUSTER_NOW = 1_700_000_000_000
const at = (n: number, more: Partial<EndpointSpec> = {}): EndpointSpec => {
  return { address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready', ...more }
}

function setUp(count = 8) {
  const memory = endpointMemory(2, count)
  const stats = new EndpointStats(memory)
  const told: string[] = []
  const rows = new EndpointRows({ stats, now: () => NOW, onFull: () => told.push('full') })
  let revision = 0
  const publish = (changes: Record<string, readonly number[] | undefined>, confirmed = revision) => {
    const entries = Object.entries(changes)
    const update: Update = {
      revision: ++revision,
      upserts: entries.flatMap(([name, numbers]) => {
        return numbers
          ? [
              entryOf(
                'endpoints',
                name,
                numbers.map((n) => at(n)),
              ),
            ]
          : []
      }),
      removals: entries.flatMap(([name, numbers]) => (numbers ? [] : [resourceKey('endpoints', name)])),
    }
    return rows.update(update, confirmed)
  }
  return { rows, stats, publish, told, worker: new EndpointStats(memory, 1) }
}

test('each endpoint of each cluster has a row of its own, and the cluster has one, too', () => {
  const { publish } = setUp()
  const grants = publish({ a: [1, 2], b: [1] })
  const all = grants.flatMap(({ row, endpoints }) => [row, ...endpoints])
  assert.deepEqual(
    grants.map(({ cluster, endpoints }) => [cluster, endpoints.length]),
    [
      ['a', 2],
      ['b', 1],
    ],
  )
  assert.equal(new Set(all).size, 5)
})

test('who stays keeps the row, wherever it stands in the list', () => {
  const { publish } = setUp()
  const [before] = publish({ a: [1, 2] })
  const [after] = publish({ a: [3, 2, 1] })
  assert.equal(after!.row, before!.row)
  assert.deepEqual(after!.endpoints.slice(1), before!.endpoints.toReversed())
})

test('a row is given away only after every worker has applied the update that took it', () => {
  const { publish } = setUp(3)
  publish({ a: [1, 2] })
  publish({ a: [1] })
  assert.equal(publish({ a: [1, 3] }, 1)[0]!.endpoints[1], NO_ROW)
  publish({ a: [1] }, 2)
  assert.notEqual(publish({ a: [1, 4] })[0]!.endpoints[1], NO_ROW)
})

test('a row is not given away while a request is under way there', () => {
  const { publish, worker } = setUp(3)
  const { endpoints } = publish({ a: [1, 2] })[0]!
  const row = worker.row(endpoints[1]!)
  row.enter()
  publish({ a: [1] })
  assert.equal(publish({ a: [1, 3] })[0]!.endpoints[1], NO_ROW)
  publish({ a: [1] })
  row.leave()
  assert.equal(publish({ a: [1, 3] })[0]!.endpoints[1], endpoints[1])
})

test('one that comes back gets another row, and starts anew', () => {
  const { publish } = setUp()
  const [before] = publish({ a: [1] })
  publish({ a: [] })
  const [after] = publish({ a: [1] }, 1)
  assert.notEqual(after!.endpoints[0], before!.endpoints[0])
})

test('a cluster that is gone gives all its rows back', () => {
  const { publish, rows } = setUp(3)
  publish({ a: [1, 2] })
  publish({ a: undefined })
  assert.equal(rows.clusters.size, 0)
  const [grant] = publish({ b: [1, 2] })
  assert.ok(![grant!.row, ...grant!.endpoints].includes(NO_ROW))
})

test('what the first update brings is old, what comes later is young', () => {
  const { publish, stats } = setUp()
  const [first] = publish({ a: [1] })
  const [second] = publish({ a: [1, 2] })
  const ages = second!.endpoints.map((row) => NOW - stats.row(row).readyAt)
  assert.ok(ages[0]! > 1_000_000_000)
  assert.equal(ages[1], 0)
  assert.equal(first!.endpoints[0], second!.endpoints[0])
})

/** Ages of the endpoints that these updates leave behind, in seconds. */
function agesAfter(updates: readonly (readonly EndpointSpec[])[], clusterTime: (() => number) | undefined) {
  const stats = new EndpointStats(endpointMemory(1, 16))
  const rows = new EndpointRows({ stats, now: () => NOW, clusterTime, onFull: () => assert.fail('full') })
  for (const [i, specs] of updates.entries()) {
    rows.update({ revision: i + 1, upserts: [entryOf('endpoints', 'a', specs)], removals: [] }, i)
  }
  return rows.clusters.get('a')!.endpoints.map(({ row }) => (NOW - row!.readyAt) / 1000)
}

const readySince = (secondsAgo: number) => ({ readyAt: CLUSTER_NOW - secondsAgo * 1000 })

test('an endpoint is as old as the cluster says that it is ready, at our start and later', () => {
  const young = at(1, readySince(5))
  const old = at(2, readySince(3600))
  const clusterTime = () => CLUSTER_NOW
  assert.deepEqual(agesAfter([[young, old]], clusterTime), [5, 3600])
  assert.deepEqual(agesAfter([[], [young, old]], clusterTime), [5, 3600])
})

test('what will only be ready is ready now, and without a clock of the cluster nobody is believed', () => {
  const ahead = at(1, readySince(-30))
  assert.deepEqual(
    agesAfter([[], [ahead]], () => CLUSTER_NOW),
    [0],
  )
  assert.deepEqual(agesAfter([[], [at(1, readySince(3600))]], undefined), [0])
})

test('since when it is ready may be heard after the address, and may be another time later', () => {
  const clusterTime = () => CLUSTER_NOW
  assert.deepEqual(agesAfter([[], [at(1)], [at(1, readySince(7))]], clusterTime), [7])
  assert.deepEqual(agesAfter([[], [at(1, readySince(60))], [at(1, readySince(2))]], clusterTime), [2])
  assert.deepEqual(agesAfter([[], [at(1, readySince(60))], [at(1)]], clusterTime), [60])
})

test('a worker that knows nothing is told of all rows', () => {
  const { publish, rows } = setUp()
  const grants = publish({ a: [1], b: [2] })
  assert.deepEqual(rows.grants(), grants)
})

test('what a dead worker had under way does not hold a row', () => {
  const { publish, rows, worker, stats } = setUp()
  const [grant] = publish({ a: [1] })
  worker.row(grant!.endpoints[0]!).enter()
  rows.erase(0)
  assert.equal(stats.row(grant!.endpoints[0]!).inFlight, 1)
  rows.erase(1)
  assert.equal(stats.row(grant!.endpoints[0]!).inFlight, 0)
})

test('that there are no rows left is told once', () => {
  const { publish, told } = setUp(2)
  publish({ a: [1, 2, 3] })
  assert.deepEqual(told, ['full'])
})
