/** Requests wait for the first endpoint of a service that has none, as many and as long as it says. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { answering, Backend, eventually, get, TestProxy } from './harness.ts'

async function setUp(t: TestContext, holding?: { requests: number; ms: number }) {
  const backend = await new Backend().listen(t)
  answering(backend)
  const proxy = new TestProxy(t).route().endpoints([])
  await proxy
    .cluster(holding === undefined ? {} : { holding })
    .apply()
    .listen()
  const ask = async () => {
    const client = await proxy.connect()
    client.send(get())
    return client
  }
  const waiting = (n: number) =>
    eventually(`${n} that wait`, () => proxy.sample('sluice_service_requests_waiting') === n)
  return { backend, proxy, ask, waiting }
}

test('all who wait go to the first endpoint that is ready', async (t) => {
  const { backend, proxy, ask, waiting } = await setUp(t, { requests: 10, ms: 5_000 })
  const clients = [await ask(), await ask(), await ask()]
  await waiting(3)
  proxy.endpoints([backend]).apply()
  for (const client of clients) assert.equal((await client.message()).body, backend.id)
  await waiting(0)
  assert.ok(proxy.log.every(({ attempts, status }) => attempts === 1 && status === 200))
})

test('one that is draining is better than waiting', async (t) => {
  const { backend, proxy, ask, waiting } = await setUp(t, { requests: 10, ms: 5_000 })
  const client = await ask()
  await waiting(1)
  proxy.endpoints([{ ...backend, address: backend.address, port: backend.port, state: 'draining' }]).apply()
  assert.equal((await client.message()).body, backend.id)
})

test('as many wait as may, and as long; the others are told that nobody is there', async (t) => {
  const { proxy, ask, waiting } = await setUp(t, { requests: 1, ms: 5_000 })
  const waiter = await ask()
  await waiting(1)
  assert.equal((await (await ask()).message()).status, 503)
  proxy.clock.advance(4_900)
  assert.equal(proxy.log.length, 1)
  proxy.clock.advance(200)
  assert.equal((await waiter.message()).status, 503)
  assert.deepEqual(
    proxy.log.map(({ fault }) => fault),
    ['no-endpoint', 'no-endpoint'],
  )
})

test('without it nobody waits', async (t) => {
  const { proxy, ask } = await setUp(t)
  assert.equal((await (await ask()).message()).status, 503)
  assert.equal(proxy.sample('sluice_service_requests_waited'), undefined)
})
