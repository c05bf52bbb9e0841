/** What the judge of a canary is told of requests: each once, by what its client got, whatever that took. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { CanarySpec } from '../../src/model/canary.ts'
import type { ClusterName } from '../../src/model/cluster.ts'
import { entryOf } from '../../src/model/snapshot.ts'
import { CanaryTables } from '../../src/proxy/supervisor/canary-tables.ts'
import { answering, Backend, eventually, get, NOBODY, TestProxy } from './harness.ts'

const NAME = 'shop/checkout'
const VARIANT = 'shop/next:80' as ClusterName
const USE = { canary: NAME, variants: [{ name: 'canary', cluster: VARIANT }] }
const SPEC: CanarySpec = {
  matches: [{ variant: 'canary', query: [{ name: 'try' }] }],
  key: 'client',
  variants: [{ name: 'canary', weight: 100 }],
}

async function setUp(t: TestContext) {
  const [primary, variant] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(primary, variant)
  const proxy = new TestProxy(t).route({ canary: USE, retries: 3 }).canary(NAME, SPEC)
  proxy.endpoints([primary]).endpoints([variant], VARIANT)
  await proxy.apply().listen()
  const tables = new CanaryTables(1)
  const update = { revision: 1, upserts: [entryOf('canary', NAME, SPEC)], removals: [] }
  proxy.plane.apply({ ...update, upserts: [] }, { rows: [], limits: [], canaries: tables.update(update) })
  const client = await proxy.connect()
  let paused = 0
  /** Each pause between two attempts is over at once; otherwise the time stands still. */
  const ask = async (path = '/') => {
    client.send(get(path))
    let isAnswered = false
    const answer = client.message().finally(() => {
      isAnswered = true
    })
    await eventually('an answer', () => {
      const retries = Number(proxy.sample('sluice_upstream_retries') ?? 0)
      if (retries > paused) proxy.clock.advance(250)
      paused = retries
      return isAnswered
    })
    return (await answer).status
  }
  /** Of the canary, so far. */
  const told = () => {
    const [, canary] = tables.tallies()[0]!.variants
    const { successes, failures, latencies } = canary!
    return [successes, failures, latencies.reduce((sum, count) => sum + count, 0)]
  }
  return { proxy, variant, ask, told }
}

test('a request that succeeds at its second attempt is one success', async (t) => {
  const { proxy, variant, ask, told } = await setUp(t)
  proxy.endpoints([NOBODY, variant], VARIANT).apply()
  for (let n = 0; n < 6; n++) assert.equal(await ask(), 200)
  assert.ok(Number(proxy.sample('sluice_upstream_retries')) > 0, 'none was tried again')
  assert.deepEqual(told(), [6, 0, 6])
})

test('a request that fails four times is one failure', async (t) => {
  const { proxy, ask, told } = await setUp(t)
  proxy.endpoints([NOBODY], VARIANT).apply()
  assert.equal(await ask(), 502)
  assert.equal(proxy.log.at(-1)?.attempts, 4)
  assert.deepEqual(told(), [0, 1, 0])
})

test('who asks for a variant is no sample of its clients', async (t) => {
  const { ask, told } = await setUp(t)
  assert.equal(await ask('/?try=1'), 200)
  assert.deepEqual(told(), [0, 0, 0])
})
