import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { type ClusterName, type ClusterSpec, DEFAULT_OUTLIER, type OutlierSpec } from '../../model/cluster.ts'
import { entryOf, resourceKey } from '../../model/snapshot.ts'
import { type EndpointRow, EndpointStats, endpointMemory, FAULT, SERVER_ERROR } from '../shared/endpoint-stats.ts'
import { Ejections } from './ejections.ts'
import { EndpointRows } from './endpoint-rows.ts'

const NAME = 'shop/web:80' as ClusterName

/** One cluster of some endpoints, the rows of which one worker writes. */
function setUp(outlier: Partial<OutlierSpec> = {}, count = 3) {
  const clock = new FakeClock()
  const memory = endpointMemory(1, 16)
  const stats = new EndpointStats(memory)
  const rows = new EndpointRows({ stats, now: () => clock.now(), onFull: () => assert.fail('full') })
  const log: object[] = []
  const ejections = new Ejections({ rows, stats, clock, log: { info: (fields) => log.push(fields) } })
  const spec: Partial<ClusterSpec> = { name: NAME, outlier: { ...DEFAULT_OUTLIER, ...outlier } }
  const endpoints = Array.from({ length: count }, (_, n) => {
    return { address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready' } as const
  })
  const upserts = [entryOf('cluster', NAME, spec as ClusterSpec), entryOf('endpoints', NAME, endpoints)]
  const update = { revision: 1, upserts, removals: [] }
  const grants = rows.update(update, 0)
  ejections.update(update)
  clock.advance(500)
  const cells = grants[0]!.endpoints.map((number) => new EndpointStats(memory, 0).row(number))
  const out = () => cells.flatMap((row, n) => (row.ejectedUntil > clock.now() ? [n] : []))
  return { clock, stats, ejections, log, cells, out }
}

function times(n: number, run: () => void): void {
  for (let i = 0; i < n; i++) run()
}

const fail = (row: EndpointRow, n: number) => times(n, () => row.failed(FAULT))

test('a suspicion is judged at once, told to all workers, and logged', () => {
  const { stats, ejections, log, cells, out } = setUp()
  fail(cells[1]!, 5)
  assert.deepEqual(out(), [])
  const { epoch } = stats
  ejections.suspect(NAME)
  assert.deepEqual(out(), [1])
  assert.notEqual(stats.epoch, epoch)
  assert.deepEqual(log, [{ cluster: NAME, endpoint: '10.0.0.1:80', reason: 'consecutive-faults', seconds: 10 }])
})

test('a suspicion that comes to nothing changes nothing', () => {
  const { stats, ejections, cells, out } = setUp()
  fail(cells[1]!, 5)
  cells[1]!.succeeded(1)
  const { epoch } = stats
  ejections.suspect(NAME)
  ejections.suspect('shop/unknown:80')
  assert.deepEqual([out(), stats.epoch], [[], epoch])
})

test('who could not be ejected for lack of room is ejected in place of the one that is', () => {
  const { clock, ejections, cells, out } = setUp({ intervalMs: 4_000 })
  fail(cells[0]!, 6)
  fail(cells[1]!, 5)
  ejections.suspect(NAME)
  assert.deepEqual(out(), [0])
  clock.advance(4_500)
  assert.deepEqual(out(), [1])
  assert.ok(cells[0]!.ejectedUntil > 0, 'its share grows back')
})

test('an ejection ends by itself, and the next one takes longer', () => {
  const { clock, ejections, cells, out } = setUp()
  const eject = () => {
    fail(cells[2]!, 5)
    ejections.suspect(NAME)
  }
  eject()
  clock.advance(10_100)
  assert.deepEqual(out(), [])
  eject()
  clock.advance(10_100)
  assert.deepEqual(out(), [2])
})

test('percent is of one interval, whatever was before', () => {
  const { clock, cells, out } = setUp({ failurePercent: 50, minRequests: 10, intervalMs: 5_000 })
  const good = () => {
    for (const row of cells.slice(1)) times(100, () => row.succeeded(1))
  }
  times(1_000, () => cells[0]!.succeeded(1))
  clock.advance(6_000)
  good()
  times(30, () => cells[0]!.failed(SERVER_ERROR))
  clock.advance(3_000)
  assert.deepEqual(out(), [], 'the interval is not over')
  clock.advance(1_000)
  assert.deepEqual(out(), [0])
})

test('latency is the mean of one interval', () => {
  const { clock, cells, out } = setUp({ latencyFactor: 3, minRequests: 10, intervalMs: 1_000 })
  clock.advance(1_000)
  for (const [n, row] of cells.entries()) times(20, () => row.succeeded(n === 1 ? 95 : 20))
  clock.advance(1_000)
  assert.deepEqual(out(), [1])
})

test('ejected endpoints and ejections are counted for the services that had any, until these are gone', () => {
  const { clock, ejections, cells } = setUp()
  assert.deepEqual([...ejections.samples()], [])
  fail(cells[0]!, 5)
  ejections.suspect(NAME)
  const labels = ['shop', 'web', '80']
  const counter = ['sluice_endpoint_ejections', [...labels, 'consecutive-faults'], 1]
  assert.deepEqual([...ejections.samples()], [['sluice_endpoints_ejected', labels, 1], counter])
  clock.advance(20_000)
  assert.deepEqual([...ejections.samples()], [['sluice_endpoints_ejected', labels, 0], counter])
  ejections.update({ revision: 2, upserts: [], removals: [resourceKey('cluster', NAME)] })
  assert.deepEqual([...ejections.samples()], [])
})
