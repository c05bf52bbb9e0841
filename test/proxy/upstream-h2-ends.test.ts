/** Streams and connections of an endpoint by HTTP/2 that end before their time, or have to. */
import assert from 'node:assert/strict'
import { constants } from 'node:http2'
import { test } from 'node:test'
import { H2Backend } from './h2-backend.ts'
import { Backend, eventually, get, TestProxy } from './harness.ts'
import { GOOD, startH2, TLS } from './upstream-h2-world.ts'

for (const [when, fault] of [
  ['before its answer', 'upstream-reset-before-response'],
  ['in its answer', 'upstream-reset-in-response'],
] as const) {
  test(`a stream that breaks off ${when} is a fault, and the connection serves the next request`, async (t) => {
    const { backend, proxy, client } = await startH2(t, { retries: 0 })
    backend.handler = (stream) => {
      if (when === 'in its answer') {
        stream.respond({ ':status': 200 })
        stream.write('part', () => stream.destroy(new Error('broken')))
      } else stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    }
    client.send(get())
    if (when === 'before its answer') assert.equal((await client.message()).status, 502)
    else await client.atEnd()
    await eventually('the log', () => proxy.log.length === 1)
    assert.equal(proxy.log[0]?.fault, fault)
    backend.handler = (stream) => {
      stream.respond({ ':status': 200 })
      stream.end('fine')
    }
    const next = await proxy.connect()
    next.send(get())
    assert.equal((await next.message()).body, 'fine')
    assert.equal(backend.sessions.length, 1)
  })
}

test('a client that leaves ends its stream and no other', async (t) => {
  const { backend, proxy, client } = await startH2(t)
  const other = await proxy.connect()
  const closed: number[] = []
  let answer = () => {}
  backend.handler = (stream, headers) => {
    if (headers[':path'] === '/stay')
      answer = () => {
        stream.respond({ ':status': 200 })
        stream.end('stayed')
      }
    else stream.on('close', () => closed.push(stream.rstCode))
  }
  other.send(get('/stay'))
  client.send(get('/leave'))
  await eventually(
    'both requests',
    () => backend.sessions[0] !== undefined && answer.length === 0 && proxy.log.length === 0,
  )
  client.reset()
  await eventually('the end of the stream', () => closed.length === 1)
  assert.deepEqual(closed, [constants.NGHTTP2_CANCEL])
  answer()
  assert.equal((await other.message()).body, 'stayed')
})

test('an endpoint that leaves gets nothing more, and finishes what it has', async (t) => {
  const { backend, proxy, client } = await startH2(t)
  const next = await new H2Backend().listen(t)
  let answer = () => {}
  let begun = false
  backend.handler = (stream) => {
    begun = true
    answer = () => {
      stream.respond({ ':status': 200 })
      stream.end('finished')
    }
  }
  client.send(get())
  await eventually('a request', () => begun)
  proxy.endpoints([{ ...backend, address: backend.address, state: 'draining' }, next]).apply()
  const other = await proxy.connect()
  other.send(get())
  assert.equal((await other.message()).body, next.id)
  answer()
  assert.equal((await client.message()).body, 'finished')
  await eventually('the end of the connection', () => backend.sessions[0]!.closed)
})

test('a connection closes once it was idle for so long', async (t) => {
  const { backend, proxy, client } = await startH2(t)
  client.send(get())
  await client.message()
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 1)
  proxy.clock.advance(65_000)
  await eventually('its end', () => backend.sessions[0]!.closed)
  await eventually('no connection', () => proxy.sample('sluice_upstream_connections', 'idle') === 0)
  client.send(get())
  assert.equal((await client.message()).status, 200)
  assert.equal(backend.sessions.length, 2)
})

test('a connection on which nobody answers is found out, and its requests end', async (t) => {
  const silent = await new Backend().listen(t)
  const proxy = new TestProxy(t).route({ retries: 0 }).endpoints([silent]).cluster({ protocol: 'h2' })
  await proxy.apply().listen()
  const client = await proxy.connect()
  client.send(get())
  const endpoint = await silent.accept()
  // SETTINGS, and the acknowledgement of ours: then it says nothing any more.
  endpoint.send('\0\0\0\x04\0\0\0\0\0', '\0\0\0\x04\x01\0\0\0\0')
  await eventually('the request', () => endpoint.received > 60)
  for (let second = 0; second < 25; second++) proxy.clock.advance(1000)
  assert.equal((await client.message()).status, 502)
  assert.equal(proxy.log[0]?.fault, 'upstream-reset-before-response')
})

test('an endpoint that answers too late is a fault of its own stream', async (t) => {
  const { backend, proxy, client } = await startH2(t, { retries: 0, timeouts: { responseGapMs: 3000 } })
  let reset = 0
  backend.handler = (stream) => stream.on('close', () => reset++)
  client.send(get())
  await eventually('a request', () => backend.sessions.length === 1)
  await eventually('its deadline', () => {
    proxy.clock.advance(1000)
    return proxy.log.length === 1
  })
  assert.equal((await client.message()).status, 504)
  await eventually('the end of the stream', () => reset === 1)
  assert.equal(backend.sessions[0]!.closed, false)
})

test('what speaks no HTTP/2 is a fault, in clear text and by TLS', async (t) => {
  for (const [backend, tls, fault] of [
    [new Backend(), undefined, 'upstream-invalid'],
    [new Backend({ cert: GOOD.chain, key: GOOD.key, ALPNProtocols: ['http/1.1'] }), TLS, 'tls-handshake'],
    [new Backend({ cert: GOOD.chain, key: GOOD.key }), TLS, 'no-http2'],
  ] as const) {
    await backend.listen(t)
    backend.onConnection = (peer) => peer.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    const proxy = new TestProxy(t).route({ retries: 0 }).endpoints([backend])
    await proxy
      .cluster({ protocol: 'h2', ...(tls && { tls }) })
      .apply()
      .listen()
    const client = await proxy.connect()
    client.send(get())
    assert.equal((await client.message()).status, 502)
    assert.equal(proxy.log[0]?.fault, fault)
  }
})
