import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { AttributionMode, ClusterName, ClusterSpec, EndpointSpec } from '../../model/cluster.ts'
import { printProblem } from '../../model/problem.ts'
import { type Entry, entryOf, resourceKey, type Update } from '../../model/snapshot.ts'
import { EndpointStats, endpointMemory, SERVER_ERROR } from '../shared/endpoint-stats.ts'
import { Attributions } from './attributions.ts'
import { EndpointRows } from './endpoint-rows.ts'

const NAME = 'shop/web:80' as ClusterName
const INTERVAL_MS = 10_000
const REQUESTS = 200

const at = (n: number, revision: string): EndpointSpec => {
  return { address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready', revision }
}
const OLD = [1, 2, 3, 4, 5, 6].map((n) => at(n, 'old'))
const NEW = [7, 8].map((n) => at(n, 'new'))
const clusterEntry = (attribution?: AttributionMode): Entry => {
  return entryOf('cluster', NAME, { name: NAME, ...(attribution && { attribution }) } as ClusterSpec)
}
const endpoints = (...specs: readonly EndpointSpec[]): Entry => entryOf('endpoints', NAME, specs)

function setUp() {
  const clock = new FakeClock()
  const stats = new EndpointStats(endpointMemory(1, 64))
  const rows = new EndpointRows({ stats, now: () => clock.now(), onFull: () => assert.fail('full') })
  let told: readonly string[] = []
  let times = 0
  const attributions = new Attributions({
    ...{ rows, stats, clock, random: () => 0 },
    onFindings: (findings) => {
      times++
      told = findings.map(printProblem)
    },
  })
  let revision = 0
  const send = (change: Omit<Update, 'revision'>) => {
    const update = { revision: ++revision, ...change }
    rows.update(update, revision - 1)
    attributions.update(update)
  }
  const publish = (...upserts: readonly Entry[]) => send({ upserts, removals: [] })
  /** An interval in which one revision fails so many percent of its requests, and the others none. */
  const interval = (bad: string, percent: number, requests = REQUESTS) => {
    for (const { row, spec } of rows.clusters.get(NAME)!.endpoints) {
      const failures = spec.revision === bad ? (requests * percent) / 100 : 0
      for (let n = 0; n < requests; n++) n < failures ? row!.failed(SERVER_ERROR) : row!.succeeded(1)
    }
    clock.advance(INTERVAL_MS)
  }
  const shares = () =>
    Object.fromEntries(rows.clusters.get(NAME)!.endpoints.map(({ spec, row }) => [spec.revision, row!.share]))
  return { clock, stats, attributions, send, publish, interval, shares, told: () => told, times: () => times }
}

/** A world in which the new revision was just found out. */
function found(attribution?: AttributionMode) {
  const world = setUp()
  world.publish(clusterEntry(attribution), endpoints(...OLD, ...NEW))
  world.clock.advance(1_000)
  world.interval('new', 40)
  return world
}

test('a revision that fails gets less for all workers, and its Service is told by how much it fails', () => {
  const { shares, told, attributions, stats, interval } = found()
  assert.deepEqual(shares(), { old: 1, new: 0.1 })
  assert.deepEqual(told(), [
    'warning: Service shop/web: port 80: revision new (2 endpoints) fails 40.0 % of 400 requests, all others 0.0 % of 1200 requests; until it is well it gets 10 % of its share',
  ])
  assert.deepEqual(
    [...attributions.samples()],
    [['sluice_failing_endpoint_groups', ['shop', 'web', '80', 'revision', 'new'], 1]],
  )
  const { epoch } = stats
  interval('new', 40)
  assert.notEqual(stats.epoch, epoch)
})

test('one bad interval is told once, in the same words as long as it lasts', () => {
  const { interval, told, times, shares } = found()
  const before = told()
  interval('new', 60)
  interval('new', 30)
  assert.deepEqual([told(), times(), shares()], [before, 1, { old: 1, new: 0.1 }])
})

test('its share doubles with each interval in which it is well, and all of it is the end', () => {
  const { interval, shares, told } = found()
  const seen = [0, 0, 0, 0].map(() => {
    interval('nobody', 0)
    return shares().new
  })
  assert.deepEqual(seen, [0.2, 0.4, 0.8, 1])
  assert.deepEqual(told(), [])
})

test('who fails again on the way back gets as little as before', () => {
  const { interval, shares, times } = found()
  interval('nobody', 0)
  interval('nobody', 0)
  interval('new', 40)
  assert.deepEqual([shares().new, times()], [0.1, 1])
})

test('an interval with too few requests to tell goes on until there are enough of them, within reason', () => {
  const { interval, shares } = found()
  const few = 2
  for (let n = 0; n < 4; n++) interval('nobody', 0, few)
  assert.equal(shares().new, 0.1)
  interval('nobody', 0, few)
  assert.equal(shares().new, 0.2)
  for (let n = 0; n < 29; n++) interval('new', 100, 0)
  assert.equal(shares().new, 0.2)
  interval('new', 100, 0)
  assert.equal(shares().new, 0.4)
})

test('a large group gets what the others cannot bear: half as much again as is due to them is the most', () => {
  const { publish, clock, interval, shares } = setUp()
  publish(clusterEntry(), endpoints(...OLD.slice(0, 2), ...NEW))
  clock.advance(1_000)
  interval('new', 40)
  const { old, new: share } = shares()
  assert.deepEqual([old, share], [1, 0.33])
  const ofOthers = 2 / (2 + 2 * share!)
  assert.ok(Math.abs(ofOthers / 0.5 - 1.5) < 0.01, `${ofOthers}`)
})

test('endpoints that join the group get what it gets, and a rollback is the end at once', () => {
  const { publish, shares, told } = found()
  publish(endpoints(...OLD, at(9, 'new')))
  assert.deepEqual(shares(), { old: 1, new: 0.1 })
  publish(endpoints(...OLD))
  assert.deepEqual(told(), [])
})

test('it may only be told, or nothing be done at all, and that can change at any time', () => {
  const { shares, told, publish } = found('report')
  assert.deepEqual(shares(), { old: 1, new: 1 })
  assert.match(told()[0]!, /fails 40\.0 % of 400 requests, all others 0\.0 % of 1200 requests$/)
  publish(clusterEntry())
  assert.deepEqual(shares(), { old: 1, new: 0.1 })
  assert.match(told()[0]!, /it gets 10 % of its share$/)
  publish(clusterEntry('off'))
  assert.deepEqual([shares(), told()], [{ old: 1, new: 1 }, []])
  assert.deepEqual(found('off').told(), [])
})

test('with the Service its finding goes', () => {
  const { send, told, attributions } = found()
  send({ upserts: [], removals: [resourceKey('cluster', NAME), resourceKey('endpoints', NAME)] })
  assert.deepEqual([told(), [...attributions.samples()]], [[], []])
})

test('what was counted before the interval is not of the interval', () => {
  const { publish, clock, interval, told } = setUp()
  publish(clusterEntry(), endpoints(...OLD, ...NEW))
  clock.advance(1_000)
  for (let n = 0; n < 20; n++) interval('nobody', 0)
  interval('new', 20)
  assert.match(told()[0] ?? '', /fails 20\.0 % of 400 requests/)
})
