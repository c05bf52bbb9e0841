/** UDP services: a session for each client, for as long as there is something to say, and no more than there may be. */
import assert from 'node:assert/strict'
import { Socket } from 'node:dgram'
import { test } from 'node:test'
import type { ClusterName } from '../../src/model/cluster.ts'
import { eventually, NOBODY, turn } from './harness.ts'
import { openPort, startProxy, UdpPeer } from './layer4-world.ts'

const CLUSTER = 'data/names:53/udp' as ClusterName

test('each client has an endpoint for itself, and its answers come from where it asked', async (t) => {
  const backends = [await UdpPeer.echo(t, 'a'), await UdpPeer.echo(t, 'b')]
  const proxy = (await startProxy(t)).endpoints(backends, CLUSTER)
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const clients = [await UdpPeer.bind(t), await UdpPeer.bind(t)]
  const homes = new Set<string>()
  for (const client of clients) {
    const first = await client.ask('one', port)
    homes.add(first.slice(0, 1))
    assert.equal(await client.ask('two', port), `${first.slice(0, 1)}: two`)
    assert.equal(client.from[0]!.port, port)
  }
  assert.equal(homes.size, 2, 'round robin')
  assert.equal(proxy.sample('sluice_udp_sessions'), 2)
  for (const backend of backends) assert.equal(new Set(backend.from.map((from) => from.port)).size, 1)
})

test('several answers to one question, an empty datagram and a large one pass', async (t) => {
  const backend = await UdpPeer.bind(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  client.send('', port)
  await eventually('the empty one', () => backend.received.length === 1)
  const large = 'x'.repeat(60_000)
  client.send(large, port)
  await eventually('the large one', () => backend.received[1] === large)
  const { port: back } = backend.from[0]!
  for (const text of ['first', 'second', '']) backend.send(text, back)
  await eventually('three answers', () => client.received.length === 3)
  assert.deepEqual(client.received, ['first', 'second', ''])
})

test('a silence ends a session: counted, logged, and forgotten', async (t) => {
  const backend = await UdpPeer.echo(t, 'a')
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER).settings({ timeouts: { udpIdleMs: 30_000 } })
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  await client.ask('hello', port)
  proxy.clock.advance(29_000)
  await client.ask('again', port)
  proxy.clock.advance(29_000)
  assert.equal(proxy.sample('sluice_udp_sessions'), 1, 'either way counts')
  proxy.clock.advance(2_000)
  assert.equal(proxy.sample('sluice_udp_sessions'), 0)
  assert.equal(proxy.sample('sluice_relayed_connections', 'names', '53/udp', 'served'), 1)
  const { protocol, clientAddress, endpoint, attempts, bytesReceived, bytesSent } = proxy.passages[0]!
  assert.deepEqual(
    { protocol, clientAddress, endpoint, attempts, bytesReceived, bytesSent },
    {
      ...{ protocol: 'UDP', clientAddress: '127.0.0.1', endpoint: `127.0.0.1:${backend.port}`, attempts: 1 },
      ...{ bytesReceived: 10, bytesSent: 16 },
    },
  )
  assert.equal(await client.ask('another', port), 'a: another')
  assert.equal(new Set(backend.from.map((from) => from.port)).size, 2, 'by another session')
})

test('there are no more sessions than there may be; who has one keeps it', async (t) => {
  const backend = await UdpPeer.echo(t, 'a')
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER).settings({ limits: { udpSessions: 1 } })
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const [first, second] = [await UdpPeer.bind(t), await UdpPeer.bind(t)]
  await first.ask('hello', port)
  second.send('me too', port)
  await eventually('a drop', () => proxy.sample('sluice_udp_datagrams_dropped', 'sessions') === 1)
  await first.ask('still here', port)
  proxy.clock.advance(61_000)
  assert.equal(await second.ask('now', port), 'a: now')
})

test('clients of an endpoint that goes get another one; with none their datagrams are dropped', async (t) => {
  const [a, b] = [await UdpPeer.echo(t, 'a'), await UdpPeer.echo(t, 'b')]
  const proxy = (await startProxy(t)).endpoints([a], CLUSTER)
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  assert.equal(await client.ask('one', port), 'a: one')
  proxy.endpoints([{ ...pick(a), state: 'draining' }, b], CLUSTER).apply()
  assert.equal(await client.ask('two', port), 'b: two')
  proxy.endpoints([a], CLUSTER).apply()
  assert.equal(await client.ask('three', port), 'a: three')
  proxy.endpoints([], CLUSTER).apply()
  client.send('four', port)
  await eventually('a drop', () => proxy.sample('sluice_udp_datagrams_dropped', 'no-endpoint') === 1)
})

test('an endpoint where nobody listens is left, and the next datagram finds another', async (t) => {
  const alive = await UdpPeer.echo(t, 'alive')
  const proxy = (await startProxy(t)).endpoints([NOBODY], CLUSTER)
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  client.send('anybody?', port)
  await eventually('its host says so', () => proxy.sample('sluice_relayed_connections', 'unreachable') === 1)
  proxy.endpoints([NOBODY, alive], CLUSTER).apply()
  assert.equal(await client.ask('and now?', port), 'alive: and now?')
})

test('a port that is closed takes its sessions with it, and the end of the proxy waits for answers', async (t) => {
  const backend = await UdpPeer.bind(t)
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const closing = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  client.send('one', closing.port)
  await eventually('a session', () => backend.received.length === 1)
  proxy.closeLayer4Port(closing).apply()
  await eventually('none', () => proxy.sample('sluice_udp_sessions') === 0)

  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  client.send('two', port)
  await eventually('another', () => backend.received.length === 2)
  let isOver = false
  const drained = proxy.plane.drain(30_000).then(() => {
    isOver = true
  })
  const late = await UdpPeer.bind(t)
  late.send('me?', port)
  await eventually('it is not taken', () => proxy.sample('sluice_udp_datagrams_dropped', 'sessions') === 1)
  backend.send('the answer', backend.from[1]!.port)
  await eventually('the answer', () => client.received.includes('the answer'))
  await turn()
  assert.equal(isOver, false)
  proxy.clock.advance(6_000)
  await drained
})

function pick({ address, port }: UdpPeer) {
  return { address, port }
}

test('an address that nothing can be sent to ends its sessions, and nothing else', async (t) => {
  const backend = await UdpPeer.echo(t, 'a')
  // Sending to everybody is not allowed to a socket that has not asked for that.
  const forbidden = { address: '255.255.255.255', port: backend.port }
  const proxy = (await startProxy(t)).endpoints([forbidden], CLUSTER)
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const client = await UdpPeer.bind(t)
  client.send('hello', port)
  await eventually('an end', () => proxy.sample('sluice_relayed_connections', 'names', '53/udp', 'unreachable') === 1)
  proxy.endpoints([backend], CLUSTER).apply()
  assert.equal(await client.ask('again', port), 'a: again')
})

test('a datagram without a port to answer to (RFC 768) is passed on, and the answer to it is not', async (t) => {
  const backend = await UdpPeer.echo(t, 'a')
  const proxy = (await startProxy(t)).endpoints([backend], CLUSTER)
  const bind = t.mock.method(Socket.prototype, 'bind')
  const { port } = await openPort(proxy, 'UDP', { cluster: CLUSTER })
  const listening = bind.mock.calls.at(-1)!.this as Socket
  listening.emit('message', Buffer.from('one way'), { address: '127.0.0.1', family: 'IPv4', port: 0, size: 7 })
  await eventually('the datagram', () => backend.received.includes('one way'))
  const client = await UdpPeer.bind(t)
  assert.equal(await client.ask('hello', port), 'a: hello')
})
