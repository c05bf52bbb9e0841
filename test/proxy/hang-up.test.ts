/** An endpoint ends connections that wait, and nobody has said that it goes away: what cannot be repeated avoids it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { answering, Backend, eventually, get, ok, type Peer, post, TestProxy, turn } from './harness.ts'

/** For so long it is avoided. */
const WHILE_MS = 1_000
/** What it does again within this time is a habit. */
const HABIT_MS = 10_000
const EACH = 6
/** More turns of the event loop than a request takes from a client to its endpoint. */
const TURNS = 10

/** So much heavier than the other one that it is asked first. */
const heavy = ({ address, port }: Backend) => ({ address, port, weight: 1e6 })

async function begin(t: TestContext) {
  const [closing, other] = [await new Backend().listen(t), await new Backend().listen(t)]
  answering(closing, other)
  const proxy = await new TestProxy(t).route().endpoints([closing, other]).apply().listen()
  const client = await proxy.connect()
  const idle = () => proxy.sample('sluice_upstream_connections', 'idle')
  /** Who answers each of a few requests. */
  const answers = async (request: string) => {
    const bodies: string[] = []
    for (let i = 0; i < EACH; i++) {
      client.send(request)
      bodies.push((await client.message()).body)
    }
    return new Set(bodies)
  }
  /** Ends its only connection, and waits until that is known. */
  const hangUp = async (peer: Peer) => {
    peer.end()
    await eventually('the end to be read', () => idle() === 1)
  }
  const both = new Set([closing.id, other.id])
  assert.deepEqual(await answers(get()), both)
  return { closing, other, both, proxy, client, answers, hangUp }
}

test('for a second, and then it is asked as before', async (t) => {
  const { closing, other, both, proxy, answers, hangUp } = await begin(t)
  await hangUp(closing.connections[0]!)
  assert.deepEqual(await answers(post('hello')), new Set([other.id]))
  proxy.clock.advance(WHILE_MS)
  assert.deepEqual(await answers(post('hello')), both)
})

test('requests that can be repeated go there as they did', async (t) => {
  const { closing, both, answers, hangUp } = await begin(t)
  await hangUp(closing.connections[0]!)
  assert.deepEqual(await answers(get()), both)
})

test('an endpoint that does so all the time is not avoided', async (t) => {
  const { closing, both, proxy, answers, hangUp } = await begin(t)
  await hangUp(closing.connections[0]!)
  proxy.clock.advance(HABIT_MS - 1)
  assert.deepEqual(await answers(get()), both)
  await hangUp(closing.connections[1]!)
  assert.deepEqual(await answers(post('hello')), both)
})

test('the only one there is gets them all the same', async (t) => {
  const { closing, proxy, answers, hangUp } = await begin(t)
  await hangUp(closing.connections[0]!)
  proxy.endpoints([closing]).apply()
  assert.deepEqual(await answers(post('hello')), new Set([closing.id]))
})

test('one that resets a request is avoided as well', async (t) => {
  const { closing, other, answers } = await begin(t)
  const [peer] = closing.connections
  peer!.answer = () => {
    peer!.reset()
    return ''
  }
  // Whoever meets it is sent to the other one.
  assert.deepEqual(await answers(get()), new Set([other.id, closing.id]))
  assert.deepEqual(await answers(post('hello')), new Set([other.id]))
})

test('while endpoints come and go, what was at work a moment ago is looked at as well', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { closing, other, proxy, client } = await begin(t)
    proxy.endpoints([heavy(closing), other]).apply()
    const before = proxy.log.length
    // Both are in the kernel before the proxy looks, and the request is the first that it sees.
    client.send(post('hello'))
    closing.connections[0]!.end()
    assert.equal((await client.message()).status, 200)
    assert.deepEqual([proxy.log[before]?.attempts, proxy.log[before]?.fault], [1, undefined], `round ${round}`)
  }
})

test('an answer whose end is right behind it leaves no connection for what cannot be repeated', async (t) => {
  for (let turns = 0; turns < TURNS; turns++) {
    const { closing, other, proxy, client } = await begin(t)
    const [busy] = closing.connections
    busy!.answer = undefined
    proxy.endpoints([heavy(closing), other]).apply()
    const slow = await proxy.connect()
    slow.send(get('/slow'))
    await eventually('a request', () => busy!.text.length > 0)
    // One more that waits, so that there is something to choose.
    client.send(get())
    await client.message()
    const before = proxy.log.length
    client.send(post('hello'))
    for (let i = 0; i < turns; i++) await turn()
    busy!.send(ok('slow'))
    busy!.end()
    assert.equal((await client.message()).status, 200)
    const posted = proxy.log.slice(before).find(({ path }) => path === '/')
    assert.deepEqual([posted?.attempts, posted?.fault], [1, undefined], `after ${turns} turns`)
  }
})
