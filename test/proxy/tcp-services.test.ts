/** TCP services: ports that open and close by themselves, and connections that are passed on as they are. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { test } from 'node:test'
import { layer4PortName } from '../../src/model/layer4-port.ts'
import { Backend, eventually, NOBODY } from './harness.ts'
import { CLUSTER, layer4Port, openPort, startProxy } from './layer4-world.ts'
import { connectTo } from './peer.ts'

test('bytes pass both ways as they are, and an end on one side leaves the other open', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const { port } = await openPort(proxy, 'TCP')
  const client = await connectTo(t, port)
  client.send('\0\x01hello')
  client.end()
  const server = await backend.accept()
  await server.atEnd()
  assert.equal(server.text, '\0\x01hello')
  server.send('all of it')
  server.end()
  await client.atEnd()
  assert.equal(client.text, 'all of it')
  await eventually('a line', () => proxy.passages.length === 1)
  const { startedAt, connectedAt, ...passage } = proxy.passages[0]!
  assert.ok(connectedAt >= startedAt)
  assert.deepEqual(passage, {
    ...{ protocol: 'TCP', clientAddress: '127.0.0.1', host: '', port, cluster: CLUSTER, result: 'served' },
    ...{ endpoint: backend.id, attempts: 1, bytesReceived: 7, bytesSent: 9 },
  })
  assert.equal(proxy.sample('sluice_relayed_connections', 'db', '5432/tcp', 'served'), 1)
})

test('much passes at the pace of the slower side', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const { port } = await openPort(proxy, 'TCP')
  const client = await connectTo(t, port)
  const server = await backend.accept()
  const [sent, got] = [createHash('sha256'), createHash('sha256')]
  server.onBytes = (chunk) => got.update(chunk)
  server.socket.pause()
  for (let i = 0; i < 256; i++) {
    const part = Buffer.alloc(65_536, i)
    sent.update(part)
    client.socket.write(part)
  }
  client.end()
  await eventually('a full path', () => client.socket.writableLength > 0)
  server.socket.resume()
  await server.atEnd()
  assert.equal(server.received, 256 * 65_536)
  assert.equal(got.digest('hex'), sent.digest('hex'))
})

test('ports come and go without the others, and what is under way stays', async (t) => {
  const [one, other] = [await new Backend().listen(t), await new Backend().listen(t)]
  const proxy = (await startProxy(t)).endpoints([one], CLUSTER).endpoints([other], 'data/kv:6379/tcp')
  const first = await openPort(proxy, 'TCP')
  const old = await connectTo(t, first.port)
  const held = await one.accept()
  const second = await openPort(proxy, 'TCP', { beside: [first], cluster: 'data/kv:6379/tcp' as typeof CLUSTER })
  const kept = await connectTo(t, second.port)
  const keptServer = await other.accept()

  proxy.closeLayer4Port(first).apply()
  const refused = connect({ host: '127.0.0.1', port: first.port })
  let code: string | undefined
  refused.on('error', (error: NodeJS.ErrnoException) => {
    code = error.code
  })
  await eventually('nobody listens there any more', () => code === 'ECONNREFUSED')
  old.send('still here')
  await held.take('still here')
  kept.send('untouched')
  await keptServer.take('untouched')

  // The same port leads elsewhere, at once and without being closed.
  proxy.layer4Port({ ...second, cluster: CLUSTER }).apply()
  await connectTo(t, second.port)
  await one.accept()
})

test('a port that somebody else has is told, harms no other, and is opened once it is free', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const good = await openPort(proxy, 'TCP')
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
  const taken = layer4Port('TCP', (squatter.address() as { port: number }).port)
  proxy.layer4Port(taken).apply()
  assert.deepEqual(await proxy.plane.openPorts([layer4PortName(good)]), [], 'what was not given is not tried')
  const names = [good, taken].map(layer4PortName)
  const failures = await proxy.plane.openPorts(names)
  assert.deepEqual(
    failures.map(({ name, code }) => [name, code]),
    [[layer4PortName(taken), 'EADDRINUSE']],
  )
  await connectTo(t, good.port)
  await backend.accept()
  await new Promise<void>((resolve) => squatter.close(() => resolve()))
  assert.deepEqual(await proxy.plane.openPorts(names), [])
  await connectTo(t, taken.port)
  await backend.accept()
})

test('endpoints take turns; those that cannot be reached are passed over; with none the connection is reset', async (t) => {
  const [a, b] = [await new Backend().listen(t), await new Backend().listen(t)]
  const proxy = (await startProxy(t)).endpoints([a, b, NOBODY], CLUSTER)
  const { port } = await openPort(proxy, 'TCP')
  for (let i = 0; i < 6; i++) await connectTo(t, port)
  await eventually('all of them', () => a.connections.length + b.connections.length === 6)
  assert.ok(a.connections.length >= 2 && b.connections.length >= 2)
  proxy.endpoints([], CLUSTER).apply()
  const lost = await connectTo(t, port)
  await lost.atClose()
  assert.equal(lost.error, 'ECONNRESET')
  await eventually('a count', () => proxy.sample('sluice_relayed_connections', 'no-endpoint') === 1)
  assert.deepEqual([proxy.passages.at(-1)!.result, proxy.passages.at(-1)!.endpoint], ['no-endpoint', ''])
})

test('the PROXY protocol says who the client is, and is passed on where that is asked for', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const both = await openPort(proxy, 'TCP', { isIntroduced: true, proxyProtocol: 'v1' })
  const client = await connectTo(t, both.port)
  client.send('PROXY TCP4 192.0.2.7 198.51.100.1 5000 9000\r\nhello')
  await (await backend.accept()).take('PROXY TCP4 192.0.2.7 127.0.0.1 5000 9000\r\nhello')

  proxy.layer4Port({ ...both, proxyProtocol: 'off' }).apply()
  const eaten = await connectTo(t, both.port)
  eaten.send('PROXY TCP4 192.0.2.7 198.51.100.1 5000 9000\r\nhello')
  const server = await backend.accept()
  await server.take('hello')
  assert.equal(server.received, 5)

  const stranger = await connectTo(t, both.port)
  stranger.send('hello, it is me')
  await stranger.atEnd()
  assert.equal(proxy.sample('sluice_connections_refused', 'proxy-protocol'), 1)

  proxy.layer4Port({ ...both, isIntroduced: false, proxyProtocol: 'v1' }).apply()
  const plain = await connectTo(t, both.port)
  plain.send('hello')
  const own = plain.socket.localPort
  await (await backend.accept()).take(`PROXY TCP4 127.0.0.1 127.0.0.1 ${own} ${both.port}\r\nhello`)
})

test('limits of connections hold for these ports, too', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER).settings({ limits: { connectionsPerClient: 1 } })
  const { port } = await openPort(proxy, 'TCP')
  const first = await connectTo(t, port)
  await backend.accept()
  await (await connectTo(t, port)).atEnd()
  assert.equal(proxy.sample('sluice_connections_refused', 'connections-per-client'), 1)
  first.reset()
  await eventually('room', () => proxy.plane.connections.total() === 0)
  await connectTo(t, port)
  await backend.accept()
})

test('a silence ends a connection, and so does the end of the proxy when its time is over', async (t) => {
  const backend = await new Backend().listen(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const { port } = await openPort(proxy, 'TCP')
  const silent = await connectTo(t, port)
  await backend.accept()
  proxy.clock.advance(3_599_000)
  assert.equal(silent.closed, false)
  proxy.clock.advance(2_000)
  await silent.atEnd()
  const busy = await connectTo(t, port)
  const server = await backend.accept()
  const drained = proxy.plane.drain(10_000)
  proxy.clock.advance(1_000)
  busy.send('more')
  await server.take('more')
  proxy.clock.advance(9_500)
  await busy.atEnd()
  await drained
})
