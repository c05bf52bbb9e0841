/** What goes wrong with requests over HTTP/2: each harms its own stream, and is answered, counted and logged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { H2Client, overBoth } from './h2-client.ts'
import { eventually, NOBODY, ok } from './harness.ts'
import { certificateFor, startTlsWorld } from './tls-world.ts'

overBoth('own answers: no route, in the form the client asks for', async ({ proxy, client }) => {
  proxy.unroute('*').apply()
  const answer = await client.ask({ headers: { accept: 'application/json' } }).whole()
  assert.deepEqual([answer.status, JSON.parse(answer.body).code], [404, 'no-route'])
  assert.equal((await client.ask({ method: 'HEAD' }).whole()).body, '')
  assert.deepEqual(
    proxy.log.map(({ status, fault }) => [status, fault]),
    [
      [404, 'no-route'],
      [404, 'no-route'],
    ],
  )
})

overBoth('an endpoint that cannot be reached is passed over', async ({ proxy, backend, client }) => {
  backend.answer = () => ok('second')
  proxy.endpoints([NOBODY, backend]).apply()
  for (let n = 0; n < 4; n++) assert.equal((await client.ask().whole()).body, 'second')
})

overBoth('an answer that breaks off resets its stream, and no other', async ({ proxy, backend, client }) => {
  const broken = client.ask()
  const peer = await backend.accept()
  await peer.message()
  const other = client.ask()
  const second = await backend.accept()
  await second.message()
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
  await broken.head()
  peer.reset()
  await broken.whole()
  assert.deepEqual([broken.body, broken.error], ['half', 'Stream closed with error code NGHTTP2_INTERNAL_ERROR'])
  second.send(ok('fine'))
  assert.equal((await other.whole()).body, 'fine')
  assert.equal(proxy.log[0]!.fault, 'upstream-reset-in-response')
})

overBoth(
  'a body above the limit gets 413, and the rest of it is not wanted',
  async ({ backend, client }) => {
    const answer = client.ask({ method: 'POST', open: true })
    answer.stream.write('x'.repeat(50_000))
    assert.equal((await answer.head()).status, 413)
    await answer.whole()
    assert.match(answer.body, /too large/)
    backend.answer = () => ok('next')
    assert.equal((await client.ask().whole()).body, 'next')
  },
  { filters: [{ kind: 'body-limit', maxBytes: 40_000 }] },
)

overBoth('a client that gives up frees its endpoint', async ({ proxy, backend, client }) => {
  const answer = client.ask()
  const peer = await backend.accept()
  await peer.message()
  answer.stream.close(8)
  await peer.atEnd()
  await eventually('a log line', () => proxy.log.length === 1)
  assert.deepEqual([proxy.log[0]!.fault, proxy.log[0]!.status], ['client-gone', 499])
})

overBoth('a connection that breaks ends all its requests', async ({ proxy, backend, client }) => {
  for (let n = 0; n < 3; n++) client.ask()
  const peers = [await backend.accept(), await backend.accept(), await backend.accept()]
  client.session.destroy()
  for (const peer of peers) await peer.atEnd()
  await eventually('three log lines', () => proxy.log.length === 3)
  assert.deepEqual(new Set(proxy.log.map(({ fault }) => fault)), new Set(['client-gone']))
})

overBoth('a body that stays out gets 408', async ({ proxy, backend, client }) => {
  const answer = client.ask({ method: 'POST', open: true })
  answer.stream.write('first')
  const peer = await backend.accept()
  await peer.take('first')
  proxy.clock.advance(61_000)
  assert.equal((await answer.whole()).status, 408)
  assert.equal(proxy.log[0]!.fault, 'body-timeout')
})

overBoth('what is unreadable is refused by the code of the RFC, counted and logged', async ({ proxy, client }) => {
  const answer = client.ask({ path: '/a b' })
  await answer.whole()
  assert.match(answer.error ?? '', /PROTOCOL_ERROR/)
  assert.equal(proxy.sample('sluice_http2_violations', 'malformed-head'), 1)
  assert.equal(proxy.sample('sluice_refused_requests', 'bad-field'), 1)
  assert.deepEqual([proxy.finished[0]!.version, proxy.log[0]!.status], ['2', 400])
})

overBoth('what is readable and not served gets an answer', async ({ proxy, client }) => {
  const asked = [
    { method: 'TRACE' },
    { path: '/%zz' },
    { path: `/${'x'.repeat(20_000)}` },
    { headers: { expect: 'else' } },
  ]
  const statuses: unknown[] = []
  for (const options of asked) statuses.push((await client.ask(options).whole()).status)
  assert.deepEqual(statuses, [501, 400, 414, 417])
  assert.equal(proxy.log.length, 4)
})

overBoth('heads beyond the limit get 431', async ({ proxy, client }) => {
  const headers = Object.fromEntries(Array.from({ length: 130 }, (_, n) => [`x-${n}`, 'x']))
  const answer = await client.ask({ headers }).whole()
  assert.equal(answer.status, 431)
  assert.equal(proxy.sample('sluice_refused_requests', 'header-too-large'), 1)
})

test('a connection for one host is not for another one with a certificate of its own', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t, {
    'a.test': certificateFor(['a.test']),
    'b.test': certificateFor(['b.test']),
  })
  backend.answer = () => ok('served')
  const client = await H2Client.connect(t, `https://127.0.0.1:${https.port}`, 'a.test')
  const statuses: unknown[] = []
  for (const host of ['a.test', 'b.test', 'a.test:443']) {
    statuses.push((await client.ask({ headers: { ':authority': host } }).whole()).status)
  }
  assert.deepEqual(statuses, [200, 421, 200])
  assert.equal(proxy.log[1]!.fault, 'misdirected')
})
