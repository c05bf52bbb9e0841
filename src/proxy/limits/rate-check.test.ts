/** What holds where a limit is counted in a store, and while that does not answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { LimitStoreSpec } from '../../model/limit-store.ts'
import { Deadlines } from '../deadlines.ts'
import type { Exchange } from '../exchange.ts'
import { GcraTable, gcraMemory } from '../shared/gcra-table.ts'
import { Limit } from './limit.ts'
import { RateCheck } from './rate-check.ts'
import { LimitStore } from './store/limit-store.ts'

const SPEC = { requests: 1, perMs: 10_000, burst: 2 }
const EXCHANGE = { clientAddress: '192.0.2.1' } as Exchange

async function setUp(onFailure: LimitStoreSpec['onFailure'], answer: () => Promise<number>, shadow = false) {
  const clock = new FakeClock()
  const limit = new Limit('shop/fair/all')
  limit.rate = new GcraTable(gcraMemory(64, SPEC, 0), SPEC)
  limit.ofCluster = SPEC
  const store = { addresses: ['store:6379'], cluster: false, tls: false, timeoutMs: 100, onFailure }
  const client = { take: answer, charge: answer, close: () => {} }
  const now = () => clock.now()
  limit.store = new LimitStore(store, async () => client, now)
  await Promise.resolve()
  const use = { limit: limit.name, kind: 'rate', on: ['client'], networks: { ipv4: 32, ipv6: 64 }, cost: 1 } as const
  const check = new RateCheck({ use, limit, shadow, now, deadlines: new Deadlines(clock) })
  const waits: number[] = []
  for (let i = 0; i < 4; i++) waits.push(await check.ask(EXCHANGE))
  return { waits, limit }
}

const fail = () => Promise.reject(new Error('timeout'))

for (const [onFailure, waits, limited] of [
  ['Share', [0, 0, 10_000, 10_000], 2],
  ['Allow', [0, 0, 0, 0], 0],
  ['Deny', [1_000, 1_000, 1_000, 1_000], 4],
] as const) {
  test(`while a store does not answer, ${onFailure} holds`, async () => {
    const found = await setUp(onFailure, fail)
    assert.deepEqual(found.waits, waits)
    assert.equal(found.limit.limited, limited)
  })
}

test('what a store answers holds, whatever is known here', async () => {
  const answers = [0, 0, 0, 250]
  const { waits, limit } = await setUp('Deny', async () => answers.shift()!)
  assert.deepEqual(waits, [0, 0, 0, 250])
  assert.deepEqual([limit.passed, limit.limited], [3, 1])
})

test('a shadow asks the store and refuses nothing', async () => {
  const { waits, limit } = await setUp('Deny', async () => 250, true)
  assert.deepEqual(waits, [0, 0, 0, 0])
  assert.deepEqual([limit.limited, limit.shadowed], [0, 4])
})
