/** Another attempt is made where it is provably safe, and nowhere else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptAny, Backend, eventually, get, NOBODY, ok, post, settled, startWorld, TestProxy } from './harness.ts'

const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'

for (const [name, request, sent] of [
  ['GET', get(), ''],
  ['POST with its body', post('hello'), 'hello'],
  ['POST with a chunked body', CHUNKED, 'hello'],
] as const) {
  test(`${name} goes to another endpoint where the first one refuses the connection`, async (t) => {
    const backend = await new Backend().listen(t)
    const proxy = await new TestProxy(t).route().endpoints([NOBODY, backend]).apply().listen()
    const client = await proxy.connect()
    backend.answer = ({ body }) => ok(`got ${body}`)
    for (let i = 0; i < 4; i++) {
      client.send(request)
      assert.equal((await client.message()).body, `got ${sent}`)
    }
    const repeated = proxy.log.filter(({ attempts }) => attempts === 2).length
    assert.ok(repeated > 0)
    assert.equal(proxy.sample('sluice_upstream_faults', 'connect-refused'), repeated)
    assert.equal(proxy.sample('sluice_upstream_retries'), repeated)
  })
}

test('where everybody refuses the client is told, after as many attempts as there may be', async (t) => {
  const proxy = await new TestProxy(t).route({ retries: 2 }).endpoints([NOBODY]).apply().listen()
  const client = await proxy.connect()
  client.send(post('hello'))
  for (const retries of [1, 2]) {
    await eventually('a pause before the next attempt', () => proxy.sample('sluice_upstream_retries') === retries)
    proxy.clock.advance(250)
  }
  const answer = await client.message()
  assert.equal(answer.status, 502)
  assert.doesNotMatch(answer.body, /127\.0\.0\.1/)
  const [entry] = proxy.log
  assert.deepEqual([entry?.attempts, entry?.fault, entry?.status], [3, 'connect-refused', 502])
})

for (const ending of ['reset', 'end'] as const) {
  test(`GET goes to another endpoint where the first one makes a ${ending} without a word`, async (t) => {
    const { proxy, backends, client } = await startWorld(t, { backends: 2 })
    client.send(get('/x'))
    const first = await acceptAny(backends)
    await first.peer.message()
    first.peer[ending]()
    const second = await acceptAny(backends)
    assert.notEqual(second.backend, first.backend)
    assert.equal((await second.peer.message()).start, 'GET /x HTTP/1.1')
    second.peer.send(ok('second'))
    assert.equal((await client.message()).body, 'second')
    const [entry] = proxy.log
    assert.deepEqual([entry?.attempts, entry?.fault, entry?.endpoint], [2, undefined, second.backend.id])
  })
}

test('POST is delivered once: it may have been acted upon', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2 })
  client.send(post(''))
  const { peer } = await acceptAny(backends)
  await peer.message()
  peer.reset()
  assert.equal((await client.message()).status, 502)
  assert.equal(proxy.log[0]?.fault, 'upstream-reset-before-response')
  assert.equal(backends.flatMap(({ connections }) => connections).length, 1)
})

test('a request is not repeated once something of the answer came', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2 })
  client.send(get())
  const { peer } = await acceptAny(backends)
  await peer.message()
  peer.send('HTTP/1.1 200 OK\r\nContent-')
  await peer.socket.end()
  assert.equal((await client.message()).status, 502)
  assert.equal(proxy.log[0]?.fault, 'upstream-invalid')
  assert.equal(backends.flatMap(({ connections }) => connections).length, 1)
})

test('PUT is not repeated once an endpoint got something of a body that nobody keeps', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, retry: { bodyBytes: 0 } })
  client.send('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello')
  const { peer } = await acceptAny(backends)
  await peer.take('hello')
  peer.reset()
  assert.equal((await client.message()).status, 502)
  assert.deepEqual([proxy.log[0]?.attempts, proxy.log[0]?.bytesReceived], [1, 5])
})

test('a body that comes while another endpoint is asked reaches that one whole', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2 })
  client.send('PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n')
  const first = await acceptAny(backends)
  await first.peer.take('\r\n\r\n')
  first.peer.reset()
  await eventually('the second attempt', () => proxy.sample('sluice_upstream_retries') === 1)
  client.send('0123456789')
  const second = await acceptAny(backends)
  const { body } = await second.peer.message()
  assert.equal(body, '0123456789')
  second.peer.send(ok('done'))
  assert.equal((await client.message()).body, 'done')
  assert.equal(await settled(() => first.peer.text.length), 0)
})
