/** An endpoint leaves after a request was given to it and before anything of it was sent: another one gets it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { answering, Backend, eventually, get, post, TestProxy, turn } from './harness.ts'

/** Two ticks of the deadlines by which connections are timed. */
const RESTED_MS = 220
/** More turns of the event loop than a request takes from a client to its endpoint. */
const TURNS = 10

const leaving = ({ address, port }: Backend) => ({ address, port, state: 'draining' as const, graceMs: 30_000 })

async function begin(t: TestContext, retries: number) {
  const [old, other] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(old, other)
  const proxy = await new TestProxy(t).route({ retries }).endpoints([old]).apply().listen()
  const busy = () => proxy.sample('sluice_upstream_connections', 'busy') === 1
  return { old, other, proxy, busy, client: await proxy.connect() }
}

for (const retries of [0, 2]) {
  test(`a request that waits for its connection goes elsewhere, with ${retries} retries`, async (t) => {
    const { proxy, old, other, client, busy } = await begin(t, retries)
    client.send(post('hello'))
    // Until the next turn of the event loop no connection can stand.
    await eventually('an attempt', busy)
    proxy.endpoints([leaving(old), other]).apply()
    assert.equal((await client.message()).body, other.id)
    assert.deepEqual([proxy.log[0]?.attempts, proxy.log[0]?.fault], [1, undefined])
  })
}

test('a request that waits for news of an idle connection goes elsewhere, at whatever moment its endpoint leaves', async (t) => {
  for (let turns = 0; turns < TURNS; turns++) {
    const { proxy, old, other, client } = await begin(t, 0)
    client.send(get())
    await client.message()
    proxy.clock.advance(RESTED_MS)
    client.send(post('hello'))
    for (let i = 0; i < turns; i++) await turn()
    proxy.endpoints([leaving(old), other]).apply()
    assert.equal((await client.message()).status, 200)
    assert.deepEqual([proxy.log[1]?.attempts, old.connections.length], [1, 1], `after ${turns} turns`)
  }
})

test('where there is no other, it gets the request all the same', async (t) => {
  const { proxy, old, client, busy } = await begin(t, 0)
  client.send(post('hello'))
  await eventually('an attempt', busy)
  proxy.endpoints([leaving(old)]).apply()
  assert.equal((await client.message()).body, old.id)
  client.send(post('again'))
  assert.equal((await client.message()).body, old.id)
})
