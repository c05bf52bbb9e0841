/** The PROXY protocol of load balancers: whose requests they are, who is believed, and what is closed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectH2 } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { type TestContext, test } from 'node:test'
import { connect } from 'node:tls'
import type { ProxySettings } from '../../src/model/settings.ts'
import { answering, eventually, get, startWorld, turn } from './harness.ts'
import { connectTo, Peer } from './peer.ts'
import { certificateFor, startTlsWorld } from './tls-world.ts'

const HEADER = 'PROXY TCP4 203.0.113.9 10.0.0.1 5000 80\r\n'
const LOCAL = Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.of(0x20, 0, 0, 0)]).toString(
  'latin1',
)
const REQUIRED = { mode: 'required', from: [] } as const

type Mode = ProxySettings['proxyProtocol']

async function startIntroduced(t: TestContext, proxyProtocol: Mode, more: Parameters<typeof settle>[1] = {}) {
  const world = await startWorld(t)
  answering(world.backend)
  settle(world.proxy, { proxyProtocol, ...more })
  const ask = async (...texts: readonly string[]) => {
    const client = await world.proxy.connect()
    for (const text of texts) {
      client.send(text)
      await turn()
    }
    return client
  }
  return { ...world, ask }
}

function settle(proxy: Awaited<ReturnType<typeof startWorld>>['proxy'], change: Parameters<typeof proxy.settings>[0]) {
  return proxy.settings(change).apply()
}

for (const parts of [
  [HEADER + get()],
  [HEADER, get()],
  [...HEADER, ...get()],
  [HEADER.slice(0, 9), HEADER.slice(9) + get()],
]) {
  test(`a header in ${parts.length} parts says whose request it is`, async (t) => {
    const { proxy, ask } = await startIntroduced(t, REQUIRED)
    const client = await ask(...parts)
    assert.equal((await client.message()).status, 200)
    assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
    client.send(get('/again'))
    assert.equal((await client.message()).status, 200)
    assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
  })
}

test('a load balancer that speaks for itself is the client', async (t) => {
  const { proxy, ask } = await startIntroduced(t, REQUIRED)
  assert.equal((await (await ask(LOCAL + get())).message()).status, 200)
  assert.equal(proxy.log.at(-1)!.clientAddress, '127.0.0.1')
})

for (const { what, text } of [
  { what: 'no header', text: get() },
  { what: 'a malformed one', text: `PROXY TCP4 203.0.113.999 10.0.0.1 5000 80\r\n${get()}` },
  { what: 'a line without an end', text: `PROXY ${'x'.repeat(1000)}` },
]) {
  test(`where it is required, ${what} ends the connection, and nothing is taken for HTTP`, async (t) => {
    const { proxy, backend, ask } = await startIntroduced(t, REQUIRED)
    const client = await ask(text)
    await client.atEnd()
    assert.equal(client.text, '')
    assert.equal(backend.connections.length, 0)
    assert.equal(proxy.log.length, 0)
    assert.equal(proxy.sample('sluice_connections_refused', 'proxy-protocol'), 1)
  })
}

test('who may not say it is not served where it is required', async (t) => {
  const { proxy, ask } = await startIntroduced(t, { mode: 'required', from: ['192.0.2.0/24'] })
  await (await ask(HEADER + get())).atEnd()
  assert.equal(proxy.sample('sluice_connections_refused', 'proxy-protocol'), 1)
})

test('where it is optional, it is read from those who may say it, and is an error of anybody else', async (t) => {
  const { proxy, ask } = await startIntroduced(t, { mode: 'optional', from: ['127.0.0.0/8'] })
  assert.equal((await (await ask(HEADER + get())).message()).status, 200)
  assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
  assert.equal((await (await ask(...get())).message()).status, 200)
  assert.equal(proxy.log.at(-1)!.clientAddress, '127.0.0.1')
  settle(proxy, { proxyProtocol: { mode: 'optional', from: ['192.0.2.1'] } })
  assert.equal((await (await ask(HEADER + get())).message()).status, 400)
})

test('who is said to be the client is believed no more than any client', async (t) => {
  const forged = 'X-Forwarded-For: 198.51.100.1'
  const { proxy, ask } = await startIntroduced(t, REQUIRED, { trustedProxies: ['127.0.0.0/8'] })
  await (await ask(HEADER + get('/', forged))).message()
  assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
  settle(proxy, { proxyProtocol: REQUIRED, trustedProxies: ['203.0.113.0/24'] })
  await (await ask(HEADER + get('/', forged))).message()
  assert.equal(proxy.log.at(-1)!.clientAddress, '198.51.100.1')
})

test('a load balancer that ends TLS is known by the port that it took the connection on', async (t) => {
  const { backend, ask } = await startIntroduced(t, REQUIRED)
  const seen: (string | undefined)[] = []
  backend.answer = ({ fields }) => {
    seen.push(fields.get('x-forwarded-proto'), fields.get('x-forwarded-port'), fields.get('x-forwarded-for'))
    return 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'
  }
  await (await ask('PROXY TCP6 2001:db8::9 ::1 5000 443\r\n', get())).message()
  await (await ask(HEADER, get())).message()
  assert.deepEqual(seen, ['https', '443', '2001:db8::9', 'http', '80', '203.0.113.9'])
})

test('connections of one client are counted for the client, not for the load balancer', async (t) => {
  const { proxy, ask } = await startIntroduced(t, REQUIRED, { limits: { connectionsPerClient: 1 } })
  const first = await ask(HEADER + get())
  assert.equal((await first.message()).status, 200)
  await (await ask(HEADER + get())).atEnd()
  assert.equal(proxy.sample('sluice_connections_refused', 'connections-per-client'), 1)
  assert.equal((await (await ask(HEADER.replace('.9', '.8') + get())).message()).status, 200)
  first.end()
  await first.atEnd()
  await eventually('room again', async () =>
    (await ask(HEADER + get())).message().then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
})

test('a header that does not come is not waited for without end', async (t) => {
  const { proxy, ask } = await startIntroduced(t, REQUIRED)
  const client = await ask('PROXY ')
  proxy.clock.advance(9_000)
  assert.equal(client.closed, false)
  proxy.clock.advance(2_000)
  await client.atEnd()
  assert.equal(proxy.plane.connections.total(), 0)
})

test('a header comes before HTTP/2 that is known beforehand', async (t) => {
  const { proxy } = await startIntroduced(t, REQUIRED)
  const raw = connectTcp(proxy.port, '127.0.0.1')
  raw.write(HEADER)
  const session = connectH2('http://a.test', { createConnection: () => raw })
  t.after(() => session.destroy())
  for (let i = 0; i < 2; i++) {
    const [fields] = await once(session.request({ ':path': `/${i}` }), 'response')
    assert.equal(fields[':status'], 200)
    assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
  }
})

for (const together of [true, false]) {
  test(`a header comes before TLS, ${together ? 'with it' : 'and before it'}`, async (t) => {
    const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': certificateFor(['a.test']) })
    answering(backend)
    proxy.settings({ proxyProtocol: REQUIRED }).apply()
    const raw = await connectTo(t, https.port)
    if (together) raw.socket.cork()
    raw.send(HEADER)
    if (!together) await turn()
    const socket = connect({ socket: raw.socket, servername: 'a.test', rejectUnauthorized: false })
    t.after(() => socket.destroy())
    if (together) process.nextTick(() => raw.socket.uncork())
    const client = new Peer(socket)
    client.send(get())
    assert.equal((await client.message()).status, 200)
    assert.equal(proxy.log.at(-1)!.clientAddress, '203.0.113.9')
  })
}
