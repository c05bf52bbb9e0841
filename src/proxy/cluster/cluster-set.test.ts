import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { seededRandom } from '../../lib/random.ts'
import type { ClusterName, EndpointSpec } from '../../model/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import type { ConnectionPool } from '../types.ts'
import { ClusterSet } from './cluster-set.ts'

const A = 'shop/a:80' as ClusterName
const B = 'shop/b:80' as ClusterName
const SEED = 7
/** Nothing about it matters where nothing is hashed. */
const EXCHANGE = {} as Exchange

const at = (address: string): EndpointSpec => ({ address, port: 80, weight: 1, state: 'ready' })

function newSet() {
  const drained: string[] = []
  const pool = ({ address }: EndpointSpec): ConnectionPool =>
    ({ drain: () => drained.push(address), reopen() {} }) as unknown as ConnectionPool
  const stats = new EndpointStats(endpointMemory(1, 0))
  const host = { transport: { pool }, random: seededRandom(SEED), stats, clock: new FakeClock(), suspect() {} }
  return { set: new ClusterSet(host), drained }
}

test('a route may name a cluster before it is known', () => {
  const { set } = newSet()
  const choice = set.choice([{ name: A, weight: 1 }])
  assert.equal(choice.choose(EXCHANGE).acquire(EXCHANGE, undefined), undefined)
  set.setEndpoints(A, [at('10.0.0.1')])
  assert.equal(choice.choose(EXCHANGE).acquire(EXCHANGE, undefined)?.id, '10.0.0.1:80')
})

test('a cluster that is removed loses its endpoints, also for routes that still name it', () => {
  const { set, drained } = newSet()
  set.setEndpoints(A, [at('10.0.0.1')])
  const choice = set.choice([{ name: A, weight: 1 }])
  choice.choose(EXCHANGE).acquire(EXCHANGE, undefined)
  set.remove(A)
  assert.equal(choice.choose(EXCHANGE).acquire(EXCHANGE, undefined), undefined)
  assert.deepEqual(drained, ['10.0.0.1'])
  set.setEndpoints(A, [at('10.0.0.2')])
  assert.equal(choice.choose(EXCHANGE).acquire(EXCHANGE, undefined)?.id, '10.0.0.2:80')
})

test('a cluster that no route names is forgotten, unless the snapshot holds it', () => {
  const { set } = newSet()
  set.setEndpoints(A, [])
  const [configured, routed] = [set.get(A), set.get(B)]
  set.forget([A])
  assert.equal(set.get(A), configured)
  assert.equal(set.get(B), routed)
  set.remove(A)
  set.forget([A, B])
  assert.notEqual(set.get(A), configured)
  assert.notEqual(set.get(B), routed)
})

test(`several clusters share by weight (seed ${SEED})`, () => {
  const { set } = newSet()
  set.setEndpoints(A, [at('10.0.0.1')])
  set.setEndpoints(B, [at('10.0.0.2')])
  const choice = set.choice([
    { name: A, weight: 90 },
    { name: B, weight: 10 },
  ])
  const turns = 10_000
  let b = 0
  for (let i = 0; i < turns; i++) if (choice.choose(EXCHANGE).acquire(EXCHANGE, undefined)?.id === '10.0.0.2:80') b++
  assert.ok(Math.abs(b / turns - 0.1) < 0.01, `${b} of ${turns}`)
})

test('a cluster of weight 0 gets nothing; with nobody else there is nobody', () => {
  const { set } = newSet()
  set.setEndpoints(A, [at('10.0.0.1')])
  set.setEndpoints(B, [at('10.0.0.2')])
  const choice = set.choice([
    { name: A, weight: 0 },
    { name: B, weight: 1 },
  ])
  for (let i = 0; i < 20; i++) assert.equal(choice.choose(EXCHANGE).acquire(EXCHANGE, undefined)?.id, '10.0.0.2:80')
  assert.equal(
    set
      .choice([{ name: A, weight: 0 }])
      .choose(EXCHANGE)
      .acquire(EXCHANGE, undefined),
    undefined,
  )
  assert.equal(set.choice([]).choose(EXCHANGE).acquire(EXCHANGE, undefined), undefined)
})
