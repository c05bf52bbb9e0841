/** HTTP/2 to endpoints: one connection for many requests, and nothing lost where one ends. */
import assert from 'node:assert/strict'
import { constants } from 'node:http2'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { bodyOf } from './h2-backend.ts'
import { eventually, get, post } from './harness.ts'
import { GOOD, startH2 } from './upstream-h2-world.ts'

for (const [called, backendOptions] of [
  ['in clear text', {}],
  ['by TLS', { tls: GOOD }],
] as const) {
  test(`a request and its answer pass ${called}, fields, bodies and trailers`, async (t) => {
    const { backend, client, proxy } = await startH2(t, { backend: backendOptions })
    const seen: unknown[] = []
    backend.handler = async (stream, headers) => {
      const { ':method': method, ':path': path, ':scheme': scheme, ':authority': authority, cookie } = headers
      seen.push({ method, path, scheme, authority, cookie, connection: headers.connection })
      const body = await bodyOf(stream)
      stream.respond({ ':status': 201, 'x-answer': 'yes' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-checksum': '42' }))
      stream.end(`got ${body}`)
    }
    client.send(post('hello', 'Cookie: a=1; b=2', 'Connection: close, x-hop', 'X-Hop: 1'))
    const answer = await client.message()
    assert.deepEqual([answer.status, answer.body], [201, 'got hello'])
    assert.equal(answer.fields.get('x-answer'), 'yes')
    const scheme = called === 'by TLS' ? 'https' : 'http'
    assert.deepEqual(seen, [
      { method: 'POST', path: '/', scheme, authority: 'a.test', cookie: 'a=1; b=2', connection: undefined },
    ])
    assert.equal(proxy.log[0]?.bytesSent, 9)
  })

  test(`many requests share one connection ${called}`, async (t) => {
    const { backend, proxy } = await startH2(t, { backend: backendOptions })
    const clients = await Promise.all(Array.from({ length: 20 }, () => proxy.connect()))
    for (let round = 0; round < 3; round++) {
      for (const client of clients) client.send(get(`/${round}`))
      for (const client of clients) assert.equal((await client.message()).body, backend.id)
    }
    assert.equal(backend.sessions.length, 1)
    assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
  })

  test(`large bodies pass both ways ${called}`, async (t) => {
    const { backend, proxy } = await startH2(t, { backend: backendOptions })
    backend.handler = async (stream) => {
      const body = await bodyOf(stream)
      stream.respond({ ':status': 200, 'content-length': body.length })
      stream.end(body)
    }
    const large = 'x'.repeat(2_000_000)
    const clients = await Promise.all(Array.from({ length: 4 }, () => proxy.connect()))
    for (const client of clients) client.send(post(large))
    for (const client of clients) assert.equal((await client.message()).body, large)
    assert.equal(backend.sessions.length, 1)
  })
}

test('HEAD, 204 and 304 have no body, whatever their length says', async (t) => {
  const { backend, client } = await startH2(t)
  backend.handler = (stream, headers) => {
    const status = Number(String(headers[':path']).slice(1))
    stream.respond({ ':status': status, ...(status === 200 && { 'content-length': 5 }) }, { endStream: true })
  }
  client.send('HEAD /200 HTTP/1.1\r\nHost: a.test\r\n\r\n')
  const head = await client.message(true)
  assert.equal(head.fields.get('content-length'), '5')
  for (const status of [204, 304]) {
    client.send(get(`/${status}`))
    assert.equal((await client.message()).status, status)
  }
})

test('interim answers are passed on', async (t) => {
  const { backend, client } = await startH2(t)
  backend.handler = (stream) => {
    stream.additionalHeaders({ ':status': 103, link: '</style.css>' })
    stream.respond({ ':status': 200 })
    stream.end('done')
  }
  client.send(get())
  await client.take('103')
  await client.take('done')
})

test('more requests than the endpoint takes at a time go to further connections, at once', async (t) => {
  const { backend, proxy } = await startH2(t, { backend: { settings: { maxConcurrentStreams: 2 } } })
  const held: (() => void)[] = []
  backend.handler = (stream) =>
    held.push(() => {
      stream.respond({ ':status': 200 })
      stream.end('late')
    })
  const clients = await Promise.all(Array.from({ length: 7 }, () => proxy.connect()))
  for (const client of clients) client.send(get())
  await eventually('all requests at the endpoint', () => held.length === 7)
  assert.equal(backend.sessions.length, 4)
  for (const answer of held) answer()
  for (const client of clients) assert.equal((await client.message()).body, 'late')
  assert.ok(proxy.log.every(({ attempts }) => attempts === 1))
})

test('an endpoint that takes no request at all is waited for as long as a connection, and not more', async (t) => {
  const { proxy, client, backend } = await startH2(t, {
    backend: { settings: { maxConcurrentStreams: 0 } },
    retries: 0,
    timeouts: { connectMs: 2000 },
  })
  client.send(get())
  await eventually('its deadline', () => {
    proxy.clock.advance(100)
    return proxy.log.length === 1
  })
  assert.equal((await client.message()).status, 504)
  assert.deepEqual([proxy.log[0]?.fault, backend.sessions.length], ['no-stream', 1])
})

test('GOAWAY: what was begun finishes, what was not looked at goes again, and nobody sees it', async (t) => {
  const { backend, proxy, client } = await startH2(t, { retries: 0 })
  const other = await proxy.connect()
  let first = true
  let answer = () => {}
  backend.handler = (stream) => {
    if (first) {
      first = false
      answer = () => {
        stream.respond({ ':status': 200 })
        stream.end('first')
      }
    } else if (backend.sessions.length === 1) {
      // It names the first stream as the last one, and drops what came after.
      stream.session!.goaway(constants.NGHTTP2_NO_ERROR, 1)
    } else {
      stream.respond({ ':status': 200 })
      stream.end('second')
    }
  }
  client.send(get())
  await eventually('a request at the endpoint', () => !first)
  other.send(post('once'))
  assert.equal((await other.message()).body, 'second')
  answer()
  assert.equal((await client.message()).body, 'first')
  assert.equal(backend.sessions.length, 2)
  assert.ok(proxy.log.every(({ fault }) => fault === undefined))
})

test('a stream that the endpoint refuses goes again with its body, whatever the method, but not for ever', async (t) => {
  const { backend, client, proxy } = await startH2(t, { retries: 0 })
  let refusals = 0
  let most = 2
  backend.handler = async (stream) => {
    if (refusals++ < most) return stream.close(constants.NGHTTP2_REFUSED_STREAM)
    const body = await bodyOf(stream)
    stream.respond({ ':status': 200 })
    stream.end(`got ${body}`)
  }
  client.send(post('hello'))
  assert.equal((await client.message()).body, 'got hello')
  assert.deepEqual([proxy.log[0]?.attempts, proxy.log[0]?.fault], [1, undefined])
  most = Number.POSITIVE_INFINITY
  client.send(post('hello'))
  assert.equal((await client.message()).status, 502)
  assert.deepEqual([proxy.log[1]?.fault, refusals], ['stream-refused', 7])
})

test('a client that does not read stops its own stream, not those of others', async (t) => {
  const { backend, proxy, client } = await startH2(t)
  const size = 30_000_000
  backend.handler = (stream, headers) => {
    stream.respond({ ':status': 200, 'content-length': headers[':path'] === '/large' ? size : 5 })
    if (headers[':path'] === '/large') Readable.from(pieces(size)).pipe(stream)
    else stream.end('quick')
  }
  client.onBytes = () => {}
  client.socket.pause()
  client.send(get('/large'))
  await eventually('an answer under way', () => proxy.plane.samples().length > 0 && backend.sessions.length === 1)
  for (let i = 0; i < 20; i++) {
    const other = await proxy.connect()
    other.send(get('/quick'))
    assert.equal((await other.message()).body, 'quick')
  }
  client.socket.resume()
  await eventually('all of it', () => client.received > size)
})

function* pieces(size: number): Generator<Buffer> {
  const piece = Buffer.alloc(100_000)
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left)
}
