/** While endpoints come and go, a body that could not be sent again waits until its endpoint has asked for it. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { H2Client } from './h2-client.ts'
import { Backend, get, keepsSilent, ok, type Peer, post, settled, TestProxy } from './harness.ts'

/** For so long it waits. */
const WAIT_MS = 500
/** For so long nobody asks again who has taken no notice. */
const SILENT_MS = 600_000
const EXPECTING = /\r\nexpect: 100-continue\r\n/i
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'

const heavy = ({ address, port }: Backend) => ({ address, port, weight: 1e6 })

/** Two endpoints, one of which is asked first, and both say nothing by themselves; one has just come. */
async function begin(t: TestContext) {
  const [first, other] = [await new Backend().listen(t), await new Backend().listen(t)]
  for (const backend of [first, other]) backend.onConnection = keepsSilent
  const proxy = await new TestProxy(t)
    .route()
    .endpoints([heavy(first)])
    .apply()
    .listen()
  const stir = () =>
    proxy
      .endpoints([heavy(first)])
      .apply()
      .endpoints([heavy(first), other])
      .apply()
  return { first, other, proxy, client: await proxy.connect(), stir }
}

/** A request that a backend is asked for, as far as its head. */
async function headAt(backend: Backend): Promise<{ readonly peer: Peer; readonly head: string }> {
  const peer = await backend.accept()
  return { peer, head: await peer.take('\r\n\r\n') }
}

/** A request that waits at the first endpoint, its body not asked for yet. */
async function waiting(t: TestContext, request = post('hello')) {
  const world = await begin(t)
  world.stir()
  world.client.send(request)
  return { ...world, ...(await headAt(world.first)) }
}

test('where nothing has changed, a body goes with its head', async (t) => {
  const { first, client } = await begin(t)
  client.send(post('hello'))
  const { peer, head } = await headAt(first)
  assert.doesNotMatch(head, EXPECTING)
  await peer.take('hello')
})

for (const [name, request, body] of [
  ['of known length', post('hello'), 'hello'],
  ['in chunks', CHUNKED, '5\r\nhello\r\n0\r\n\r\n'],
] as const) {
  test(`a body ${name} goes once it was asked for, and the client hears nothing of that`, async (t) => {
    const { client, proxy, peer, head } = await waiting(t, request)
    assert.match(head, EXPECTING)
    await settled(() => peer.received)
    assert.equal(peer.text, '')
    peer.send(CONTINUE)
    await peer.take(body)
    peer.send(ok('thanks'))
    const answer = await client.message()
    assert.deepEqual([answer.status, answer.body], [200, 'thanks'])
    // The connection serves the next one.
    client.send(get())
    await peer.take('\r\n\r\n')
    assert.equal(proxy.log[0]?.attempts, 1)
  })

  test(`an endpoint that hangs up instead is left, and another one gets the request, its body ${name}`, async (t) => {
    const { first, other, client, proxy, peer } = await waiting(t, request)
    peer.reset()
    const second = await headAt(other)
    second.peer.send(CONTINUE)
    await second.peer.take(body)
    second.peer.send(ok('thanks'))
    assert.equal((await client.message()).body, 'thanks')
    assert.deepEqual([proxy.log[0]?.attempts, proxy.log[0]?.status], [2, 200])
    client.send(get())
    assert.match((await headAt(first)).head, /^GET /)
  })
}

test('the same for a client of HTTP/2', async (t) => {
  const { first, other, proxy, stir } = await begin(t)
  const client = await H2Client.connect(t, `http://127.0.0.1:${proxy.port}`)
  stir()
  const asked = client.ask({ method: 'POST', body: 'hello' })
  const { peer, head } = await headAt(first)
  assert.match(head, EXPECTING)
  peer.reset()
  const second = await headAt(other)
  second.peer.send(CONTINUE)
  await second.peer.take('hello')
  second.peer.send(ok('thanks'))
  await asked.whole()
  assert.deepEqual([asked.status, asked.body, asked.informational.length], [200, 'thanks', 0])
})

test('who has asked for the body and hangs up then may have acted on it', async (t) => {
  const { other, client, proxy, peer } = await waiting(t)
  peer.send(CONTINUE)
  await peer.take('hello')
  peer.reset()
  assert.equal((await client.message()).status, 502)
  assert.deepEqual([proxy.log[0]?.fault, other.connections.length], ['upstream-reset-before-response', 0])
})

test('an application that takes no notice gets the body after a moment, and is not asked for a while', async (t) => {
  const { first, client, proxy, stir, peer } = await waiting(t)
  proxy.clock.advance(WAIT_MS)
  await peer.take('hello')
  peer.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  client.send(post('again'))
  assert.doesNotMatch(await peer.take('\r\n\r\n'), EXPECTING)
  await peer.take('again')
  peer.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  proxy.clock.advance(SILENT_MS)
  stir()
  const later = await proxy.connect()
  later.send(post('later'))
  assert.match((await headAt(first)).head, EXPECTING)
})

test('one that asks late is asked again', async (t) => {
  const { client, proxy, peer } = await waiting(t)
  proxy.clock.advance(WAIT_MS)
  await peer.take('hello')
  peer.send(CONTINUE, ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  client.send(post('again'))
  assert.match(await peer.take('\r\n\r\n'), EXPECTING)
})

test('one that wants no such request gets it as any other', async (t) => {
  const { other, client, proxy, peer } = await waiting(t)
  peer.send('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 2\r\n\r\nno')
  const second = await headAt(other)
  assert.doesNotMatch(second.head, EXPECTING)
  await second.peer.take('hello')
  second.peer.send(ok('thanks'))
  assert.equal((await client.message()).body, 'thanks')
  assert.deepEqual([proxy.log[0]?.status, proxy.log[0]?.attempts], [200, 2])
})

test('an answer that comes without the body is the answer', async (t) => {
  const { client, peer } = await waiting(t)
  peer.send('HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nwho?')
  const { status, body } = await client.message()
  assert.deepEqual([status, body], [401, 'who?'])
  // The endpoint still waits for the body of it: nothing else may come there.
  await peer.atEnd()
  assert.equal(peer.text, '')
})

test('a client that goes away meanwhile takes its request along once its body is read', async (t) => {
  const { first, client, proxy, stir } = await begin(t)
  stir()
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n')
  const { peer } = await headAt(first)
  client.reset()
  proxy.clock.advance(WAIT_MS)
  await peer.atEnd()
  assert.deepEqual([peer.text, proxy.log[0]?.fault], ['', 'client-gone'])
})

test('a client that asks for itself hears the word of the endpoint', async (t) => {
  const { first, client, stir } = await begin(t)
  stir()
  client.send('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
  const { peer, head } = await headAt(first)
  assert.equal(head.match(/expect:/gi)?.length, 1)
  peer.send(CONTINUE)
  assert.equal((await client.message()).status, 100)
  client.send('hello')
  await peer.take('hello')
})

test('where that is not wanted, a body goes with its head', async (t) => {
  const { first, client, proxy, stir } = await begin(t)
  proxy.connections({ asksFirst: false })
  stir()
  client.send(post('hello'))
  const { peer, head } = await headAt(first)
  assert.doesNotMatch(head, EXPECTING)
  await peer.take('hello')
})
