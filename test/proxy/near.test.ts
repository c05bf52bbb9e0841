/** Near endpoints on the wire: they get everything, until there is too much of it, or until they fail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backend, eventually, get, NOBODY, ok, TestProxy, turn } from './harness.ts'

const NEAR_LOAD = 100

test('requests stay near, and what is more than near endpoints can do goes elsewhere', async (t) => {
  const [near, far] = [await new Backend().listen(t), await new Backend().listen(t)]
  const proxy = await new TestProxy(t)
    .route()
    .endpoints([{ ...at(near), near: 'zone' }, at(far)])
    .apply()
    .listen()
  let hanging = 0
  near.answer = ({ start }) => {
    if (!start.includes('/slow')) return ok('near')
    hanging++
    return ''
  }
  far.answer = () => ok('far')
  const client = await proxy.connect()
  const bodies = async (count: number) => {
    const seen = new Set<string>()
    for (let n = 0; n < count; n++) {
      client.send(get('/'))
      seen.add((await client.message()).body)
    }
    return [...seen].sort()
  }
  assert.deepEqual(await bodies(20), ['near'])

  const slow = await Promise.all(Array.from({ length: 2 * NEAR_LOAD }, () => proxy.connect()))
  for (const peer of slow) peer.send(get('/slow'))
  await eventually('all of them wait', () => hanging === slow.length)
  assert.deepEqual(await bodies(20), ['near'], 'loads are looked at now and then')
  proxy.clock.advance(1_000)
  assert.deepEqual(await bodies(20), ['far', 'near'])

  for (const { connections } of [near]) for (const peer of connections) if (hanging-- > 0) peer.send(ok('late'))
  for (const peer of slow) await peer.message()
  await turn()
  proxy.clock.advance(1_000)
  assert.deepEqual(await bodies(20), ['near'])
})

test('another attempt goes farther away where the only near one has just failed', async (t) => {
  const far = await new Backend().listen(t)
  far.answer = () => ok('far')
  const proxy = await new TestProxy(t)
    .route()
    .endpoints([{ ...NOBODY, near: 'node' }, at(far)])
    .apply()
    .listen()
  const client = await proxy.connect()
  client.send(get('/'))
  assert.equal((await client.message()).body, 'far')
})

test('a request that no near endpoint may take goes farther away rather than wait', async (t) => {
  const [near, far] = [await new Backend().listen(t), await new Backend().listen(t)]
  far.answer = () => ok('far')
  const proxy = new TestProxy(t).route().endpoints([{ ...at(near), near: 'zone' }, at(far)])
  await proxy
    .cluster({ limits: { requests: 0, requestsPerEndpoint: 1, pending: 10, pendingMs: 60_000 } })
    .apply()
    .listen()
  const [first, second] = [await proxy.connect(), await proxy.connect()]
  first.send(get('/'))
  const connection = await near.accept()
  await connection.take('\r\n\r\n')
  second.send(get('/'))
  assert.equal((await second.message()).body, 'far')
  connection.send(ok('near'))
  assert.equal((await first.message()).body, 'near')
})

function at({ address, port }: Backend) {
  return { address, port }
}
