/** What a route asks of further attempts, on the wire: statuses, time, bodies, and who is asked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptAny, Backend, eventually, get, ok, settled, startWorld, TestProxy } from './harness.ts'

const BUSY = 'HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy'
const PUT = 'PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n'

test('an answer of a status that is retried stays with the proxy, and its connection is kept', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, retry: { statuses: [503] } })
  let asked = 0
  for (const backend of backends) backend.answer = () => (asked++ % 2 === 0 ? BUSY : ok('fine'))
  for (let round = 0; round < 2; round++) {
    client.send(get())
    const { status, body } = await client.message()
    assert.deepEqual([status, body], [200, 'fine'])
  }
  assert.deepEqual(
    proxy.log.map(({ attempts, status }) => [attempts, status]),
    [
      [2, 200],
      [2, 200],
    ],
  )
  assert.equal(backends.flatMap(({ connections }) => connections).filter(({ closed }) => closed).length, 0)
})

test('where all answer so, the client gets the last of these answers', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, retry: { statuses: [503] } })
  for (const backend of backends) backend.answer = () => BUSY
  client.send(get())
  const { status, body } = await client.message()
  assert.deepEqual([status, body], [503, 'busy'])
  assert.deepEqual([proxy.log[0]?.attempts, proxy.log[0]?.fault], [2, undefined])
})

test('an endpoint that does not begin its answer in the time of an attempt is left for another one', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, retry: { attemptMs: 2_000 } })
  client.send(get())
  const first = await acceptAny(backends)
  await first.peer.message()
  proxy.clock.advance(2_000)
  const second = await acceptAny(backends)
  assert.notEqual(second.backend, first.backend)
  await second.peer.message()
  second.peer.send(ok('second'))
  assert.equal((await client.message()).body, 'second')
  assert.equal(proxy.sample('sluice_upstream_faults', 'attempt-timeout'), 1)
  await first.peer.atEnd()
})

test('a body that is kept is sent again from its beginning, wherever the first attempt ended', async (t) => {
  for (const parts of [['01234'], ['01234', '56789']]) {
    const { backends, client } = await startWorld(t, { backends: 2 })
    client.send(PUT)
    const first = await acceptAny(backends)
    await first.peer.take('\r\n\r\n')
    for (const part of parts) {
      client.send(part)
      await first.peer.take(part)
    }
    first.peer.reset()
    const second = await acceptAny(backends)
    await second.peer.take('01234')
    if (parts.length === 1) client.send('56789')
    await second.peer.take('56789')
    second.peer.send(ok('done'))
    assert.equal((await client.message()).body, 'done')
  }
})

test('a body that turns out to be longer than what is kept is sent once', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 2, retry: { bodyBytes: 8 } })
  client.send('PUT /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n')
  const first = await acceptAny(backends)
  await first.peer.take('01234')
  client.send('5\r\n56789\r\n')
  await first.peer.take('56789')
  first.peer.reset()
  assert.equal((await client.message()).status, 502)
  assert.equal(proxy.log[0]?.attempts, 1)
})

test('all endpoints that failed a request are avoided, not only the last one', async (t) => {
  const { proxy, backends, client } = await startWorld(t, { backends: 3, retries: 2 })
  const seen: Backend[] = []
  for (let round = 0; round < 5; round++) {
    client.send(get())
    const asked = new Set<Backend>()
    for (let attempt = 0; attempt < 3; attempt++) {
      if (attempt === 2) {
        await eventually('a pause', () => proxy.sample('sluice_upstream_retries') === 2 * round + 2)
        proxy.clock.advance(250)
      }
      const { backend, peer } = await acceptAny(backends)
      await peer.message()
      asked.add(backend)
      if (attempt < 2) peer.reset()
      else peer.send(`HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    assert.equal((await client.message()).status, 200)
    assert.equal(asked.size, 3)
    seen.push(...asked)
  }
  assert.equal(seen.length, 15)
})

test('where everybody fails, the budget ends what retries add to it', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = new TestProxy(t).route({ retry: { statuses: [503] } }).endpoints([backend])
  await proxy
    .cluster({ retryBudget: { percent: 0, perSecond: 1 } })
    .apply()
    .listen()
  const client = await proxy.connect()
  let isBusy = true
  backend.answer = () => (isBusy ? BUSY : ok('fine'))
  const requests = 50
  for (let n = 0; n < requests; n++) {
    client.send(get())
    assert.equal((await client.message()).status, 503)
  }
  assert.equal(proxy.sample('sluice_upstream_retries'), 10)
  assert.equal(proxy.sample('sluice_upstream_retries_denied'), requests - 10)
  isBusy = false
  client.send(get())
  assert.equal((await client.message()).status, 200)
  assert.equal(await settled(() => proxy.log.length), requests + 1)
})
