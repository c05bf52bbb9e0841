/** Endpoints that are told of clients by the PROXY protocol: whose a connection is, and that nobody else's request is on it. */
import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import type { ClusterSpec } from '../../src/model/cluster.ts'
import { Backend, eventually, get, ok, type Peer, TestProxy } from './harness.ts'
import { certificateFor } from './tls-world.ts'

type Link = Pick<ClusterSpec, 'proxyProtocol'> & Partial<ClusterSpec>

async function start(t: TestContext, link: Link) {
  const backend = await new Backend().listen(t)
  const proxy = await new TestProxy(t).route().cluster(link).endpoints([backend]).apply().listen()
  return { backend, proxy }
}

function headerOf(client: Peer, proxy: TestProxy): string {
  return `PROXY TCP4 127.0.0.1 127.0.0.1 ${client.socket.localPort} ${proxy.port}\r\n`
}

/** A request of a client, and its answer by way of this connection. */
async function roundTrip(client: Peer, server: Peer, path: string): Promise<void> {
  client.send(get(path))
  await server.take(`GET ${path} `)
  await server.take('\r\n\r\n')
  server.send(ok(path))
  assert.equal((await client.message()).body, path)
}

test('version 1: each client has connections of its own, and uses them again', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v1' })
  const [a, b] = [await proxy.connect(), await proxy.connect()]
  a.send(get('/a'))
  const ofA = await backend.accept()
  await ofA.take(`${headerOf(a, proxy)}GET /a `)
  await ofA.take('\r\n\r\n')
  ofA.send(ok('a'))
  assert.equal((await a.message()).body, 'a')

  b.send(get('/b'))
  const ofB = await backend.accept()
  await ofB.take(`${headerOf(b, proxy)}GET /b `)
  await ofB.take('\r\n\r\n')
  ofB.send(ok('b'))
  assert.equal((await b.message()).body, 'b')

  await roundTrip(a, ofA, '/again')
  await roundTrip(b, ofB, '/again')
  await roundTrip(a, ofA, '/and-again')
  assert.equal(backend.connections.length, 2)
})

test('version 2 says the same in bytes', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v2' })
  const client = await proxy.connect()
  client.send(get())
  const server = await backend.accept()
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(client.socket.localPort!, 0)
  ports.writeUInt16BE(proxy.port, 2)
  const header = `\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01${ports.toString('latin1')}`
  await server.take(`${header}GET / HTTP/1.1\r\n`)
})

test('HTTP/2 to endpoints begins behind it', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v1', protocol: 'h2' })
  const client = await proxy.connect()
  client.send(get())
  const server = await backend.accept()
  await server.take(`${headerOf(client, proxy)}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`)
})

test('TLS to endpoints begins behind it, and a connection that cannot be had is a fault as ever', async (t) => {
  const { chain: cert, key } = certificateFor(['web.shop.svc'])
  const seen: string[] = []
  const tls = createTlsServer({ cert, key }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => socket.write(ok('by TLS')))
  })
  const raw = createServer((socket) => {
    socket.once('readable', () => {
      const first = socket.read() as Buffer
      const end = first.indexOf('\n') + 1
      seen.push(first.toString('latin1', 0, end))
      if (end < first.length) socket.unshift(first.subarray(end))
      tls.emit('connection', socket)
    })
  })
  await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve))
  t.after(() => raw.close())
  const { port } = raw.address() as AddressInfo
  const link: Link = { proxyProtocol: 'v1', tls: { serverName: 'web.shop.svc', trust: 'anybody' } }
  const proxy = new TestProxy(t).route({ retries: 0 }).cluster(link)
  await proxy
    .endpoints([{ address: '127.0.0.1', port }])
    .apply()
    .listen()
  const client = await proxy.connect()
  for (let i = 0; i < 2; i++) {
    client.send(get())
    assert.equal((await client.message()).body, 'by TLS')
  }
  assert.deepEqual(seen, [headerOf(client, proxy)])
  const nobody = { address: '127.0.0.1', port: 1 }
  proxy.endpoints([nobody]).apply()
  client.send(get())
  assert.equal((await client.message()).status, 502)
})

test('who is spoken for by a trusted proxy is told of without a port, and shares nothing with others', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v1' })
  proxy.settings({ trustedProxies: ['127.0.0.0/8'] }).apply()
  const front = await proxy.connect()
  for (const address of ['192.0.2.1', '2001:db8::7']) {
    front.send(get('/', `X-Forwarded-For: ${address}`))
    const server = await backend.accept()
    const [family, destination] = address.includes(':') ? ['TCP6', '::'] : ['TCP4', '127.0.0.1']
    await server.take(`PROXY ${family} ${address} ${destination} 0 ${proxy.port}\r\nGET / `)
    await server.take('\r\n\r\n')
    server.send(ok('x'))
    await front.message()
  }
})

test('connections of clients who may be gone are bounded and end of their idle time', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v1', connections: { maxIdle: 2 } })
  backend.onConnection = (peer) => {
    peer.socket.once('data', () => peer.send(ok('x')))
  }
  for (let i = 0; i < 4; i++) {
    const client = await proxy.connect()
    client.send(get())
    await client.message()
    client.end()
  }
  const open = () => backend.connections.filter(({ ended, closed }) => !ended && !closed).length
  await eventually('two are left', () => open() === 2)
  assert.equal(proxy.sample('sluice_upstream_connections', 'idle'), 2)
  proxy.clock.advance(61_000)
  await eventually('none', () => open() === 0)
})

test('an endpoint that leaves is left by all of them, and the next request goes elsewhere', async (t) => {
  const { backend, proxy } = await start(t, { proxyProtocol: 'v1' })
  const client = await proxy.connect()
  client.send(get('/first'))
  const server = await backend.accept()
  await server.take('\r\n\r\n')
  server.send(ok('x'))
  await client.message()
  const other = await new Backend().listen(t)
  proxy.endpoints([other]).apply()
  await server.atEnd()
  client.send(get('/second'))
  await (await other.accept()).take(`${headerOf(client, proxy)}GET /second `)
})
