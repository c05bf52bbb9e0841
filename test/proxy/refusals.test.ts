/** Many endpoints of one Service are gone, and nobody has said so: who refuses costs no attempt, and is met once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answering, Backend, get, NOBODY, post, TestProxy } from './harness.ts'

const REST_MS = 1_100
/** None of them listens. */
const gone = Array.from({ length: 18 }, (_, n) => ({ address: `127.0.0.${n + 2}`, port: NOBODY.port }))

const addressOf = ({ address, port }: Backend) => ({ address, port })

test('of twenty endpoints the two that are left get every request, whatever their method', async (t) => {
  const backends = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(...backends)
  const proxy = await new TestProxy(t)
    .route({ retries: 1 })
    .endpoints([...gone, ...backends])
    .apply()
    .listen()
  const clients = await Promise.all(Array.from({ length: 10 }, () => proxy.connect()))
  for (const [i, client] of clients.entries()) client.send(i % 2 === 0 ? get() : post('hello'))
  for (const client of clients) assert.equal((await client.message()).status, 200)
  const refusals = () => proxy.sample('sluice_upstream_faults', 'connect-refused') as number
  const before = refusals()
  clients[0]!.send(get().repeat(40))
  for (let i = 0; i < 40; i++) assert.equal((await clients[0]!.message()).status, 200)
  assert.ok(refusals() - before <= gone.length, `${refusals() - before} more refusals than each of them once`)
})

test('refusals leave a request as many attempts as it had', async (t) => {
  const [closing, other] = [await new Backend().listen(t), await new Backend().listen(t)]
  closing.onConnection = (peer) => {
    peer.answer = () => {
      peer.reset()
      return ''
    }
  }
  answering(other)
  // So much heavier each than the next ones that this is the order in which they are asked.
  const [first, second] = gone.slice(0, 2).map((nobody) => ({ ...nobody, weight: 1e12 }))
  const proxy = await new TestProxy(t)
    .route({ retries: 1 })
    .endpoints([first!, second!, { ...addressOf(closing), weight: 1e6 }, other])
    .apply()
    .listen()
  const client = await proxy.connect()
  client.send(get())
  assert.equal((await client.message()).body, other.id)
  assert.deepEqual([closing.connections.length, proxy.log[0]?.attempts], [1, 4])
})

test('one that is back is asked again after a second', async (t) => {
  const [first, second] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(first, second)
  const { port } = first
  first.close()
  const proxy = await new TestProxy(t).route().endpoints([first, second]).apply().listen()
  const client = await proxy.connect()
  const ask = async () => {
    client.send(get())
    return (await client.message()).body
  }
  for (let i = 0; i < 4; i++) assert.equal(await ask(), second.id)
  assert.equal(proxy.sample('sluice_upstream_faults', 'connect-refused'), 1)
  const again = await new Backend().listen(t, port)
  answering(again)
  proxy.clock.advance(REST_MS)
  assert.deepEqual(new Set([await ask(), await ask()]), new Set([again.id, second.id]))
})

test('with no retries asked for, a refusal is the end', async (t) => {
  const backend = await new Backend().listen(t)
  answering(backend)
  const proxy = await new TestProxy(t).route({ retries: 0 }).endpoints([NOBODY, backend]).apply().listen()
  const client = await proxy.connect()
  const statuses: number[] = []
  for (let i = 0; i < 2; i++) {
    client.send(get())
    statuses.push((await client.message()).status)
  }
  assert.deepEqual(statuses.sort(), [200, 502])
})

test('where all of them refuse, they are asked all the same, as often as there may be attempts', async (t) => {
  const proxy = await new TestProxy(t).route({ retries: 0 }).endpoints(gone.slice(0, 2)).apply().listen()
  const client = await proxy.connect()
  for (let i = 0; i < 4; i++) {
    client.send(get())
    assert.equal((await client.message()).status, 502)
  }
  assert.equal(proxy.sample('sluice_upstream_faults', 'connect-refused'), 4)
})
