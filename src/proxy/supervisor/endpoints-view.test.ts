import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClusterSpec, EndpointSpec } from '../../model/cluster.ts'
import { entryOf, type Snapshot } from '../../model/snapshot.ts'
import { EndpointStats, endpointMemory, FAULT } from '../shared/endpoint-stats.ts'
import { EndpointRows } from './endpoint-rows.ts'
import { endpointsView } from './endpoints-view.ts'

const NAME = 'shop/web:80'
const at = (n: number): EndpointSpec => ({ address: `10.0.0.${n}`, port: 80, weight: 1, state: 'ready' })

test('load, counts, weight of the moment and ejection are shown as all workers see them', () => {
  const stats = new EndpointStats(endpointMemory(2, 8))
  let now = 10_000
  const rows = new EndpointRows({ stats, now: () => now, onFull: () => assert.fail('full') })
  const slowStart = { windowMs: 10_000, aggression: 1, minWeightPercent: 10 }
  const snapshot: Snapshot = new Map([entryOf('cluster', NAME, { slowStart } as ClusterSpec)])
  const publish = (revision: number, ...endpoints: readonly EndpointSpec[]) =>
    rows.update({ revision, upserts: [entryOf('endpoints', NAME, endpoints)], removals: [] }, revision - 1)
  publish(1, at(1), at(2))
  publish(2, at(1), at(2), at(3))
  const [first, second] = rows.clusters.get(NAME)!.endpoints.map(({ row }) => row!)
  first!.enter()
  first!.succeeded(1)
  const all = rows.clusters.get(NAME)!.row!
  all.enter(false)
  all.enter(true)
  all.join()
  second!.failed(FAULT)
  second!.eject(25_000, 2)
  now += 5_000

  const healthOf = (_: string, id: string) => (id === '10.0.0.1:80' ? ({ state: 'healthy' } as const) : undefined)
  const suspected = () => ({ by: 'node' as const, name: 'x' })
  const view = endpointsView(rows.clusters, snapshot, { now, healthOf, suspected })[NAME]!
  const { endpoints, failingGroup, inFlight, retrying, waiting } = view
  assert.deepEqual([inFlight, retrying, waiting], [2, 1, 1])
  const shown = endpoints.map(({ weight, inFlight, successes, failures, ejectedForMs, ejections }) => {
    return [weight, inFlight, successes, failures, ejectedForMs, ejections]
  })
  assert.deepEqual(shown, [
    [1, 1, 1, 0, 0, 0],
    [0, 0, 0, 1, 10_000, 2],
    [0.5, 0, 0, 0, 0, 0],
  ])
  assert.deepEqual(
    endpoints.map(({ health }) => health),
    [{ state: 'healthy' }, undefined, undefined],
  )
  assert.equal(failingGroup, 'node x')
})
