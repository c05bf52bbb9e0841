/** What passes by TLS: large bodies both ways, slow clients, upgrades, ends; and certificates that change meanwhile. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { answering, eventually, get, ok, turn } from './harness.ts'
import { connectTo, Peer } from './peer.ts'
import { certificateFor, connectTls, startTlsWorld } from './tls-world.ts'

const MIB = 1024 * 1024
const A = certificateFor(['a.test'])

/** Bytes that no two places have in common. */
function bytes(count: number): string {
  const block = Buffer.from(Array.from({ length: 64 * 1024 + 7 }, (_, i) => (i * 7 + (i >> 8)) & 0xff))
  return Buffer.concat(Array.from({ length: Math.ceil(count / block.length) }, () => block)).toString(
    'latin1',
    0,
    count,
  )
}

const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex')

for (const size of [1, 4096, 4097, 65_536, 8 * MIB]) {
  test(`an answer of ${size} bytes arrives as it was sent, and the connection goes on`, async (t) => {
    const body = bytes(size)
    const { backend, https } = await startTlsWorld(t, { 'a.test': A })
    backend.answer = () => ok(body)
    const client = await connectTls(t, https.port, { servername: 'a.test' })
    for (let i = 0; i < 2; i++) {
      client.send(get())
      assert.equal(digest((await client.message()).body), digest(body))
    }
  })
}

test('an upload of 8 MiB arrives as it was sent', async (t) => {
  const body = bytes(8 * MIB)
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  backend.answer = (request) => ok(digest(request.body))
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.send(`POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: ${body.length}\r\n\r\n`, body)
  assert.equal((await client.message()).body, digest(body))
})

test('a client that does not read holds its backend up, and gets all of it in the end', async (t) => {
  const body = bytes(48 * MIB)
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A })
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.socket.pause()
  client.send(get())
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body)
  await eventually('a backend that waits', () => peer.socket.writableLength > 0 && proxy.finished.length === 0)
  for (let i = 0; i < 20; i++) await turn()
  assert.ok(peer.socket.writableLength > MIB, 'all of it was taken from the backend')
  const head = client.take('\r\n\r\n')
  client.socket.resume()
  await head
  const whole = createHash('sha256').update(client.text, 'latin1')
  let received = client.text.length
  client.onBytes = (chunk) => {
    received += chunk.length
    whole.update(chunk)
  }
  await eventually('all of it', () => received >= body.length)
  assert.equal(whole.digest('hex'), digest(body))
})

test('pipelined requests are answered in order', async (t) => {
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  backend.answer = ({ start }) => ok(start.split(' ')[1]!)
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.send(...Array.from({ length: 20 }, (_, i) => get(`/${i}`)))
  for (let i = 0; i < 20; i++) assert.equal((await client.message()).body, `/${i}`)
})

test('an upgraded connection carries bytes both ways', async (t) => {
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.send(get('/', 'Connection: Upgrade', 'Upgrade: echo'))
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nfirst')
  await client.take('first')
  const large = bytes(3 * MIB)
  peer.send(large)
  await eventually('all of it', () => client.text.length >= large.length)
  assert.equal(digest(client.text), digest(large))
  client.send('second')
  await peer.take('second')
  client.end()
  await peer.atEnd()
})

test('an answer that breaks off is not taken for a whole one', async (t) => {
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.send(get())
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf')
  await client.take('half')
  peer.reset()
  await client.atEnd()
  assert.equal(client.text, '')
})

test('a client that asks for the end gets its answer, then the end of TLS', async (t) => {
  const { backend, https } = await startTlsWorld(t, { 'a.test': A })
  answering(backend)
  const client = await connectTls(t, https.port, { servername: 'a.test' })
  client.send(get('/', 'Connection: close'))
  assert.equal((await client.message()).status, 200)
  await client.atEnd()
  assert.equal(client.error, undefined)
})

test('a proxy that drains ends idle connections in order, and a slow reader gets the rest of its answer', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A })
  const body = bytes(4 * MIB)
  backend.answer = () => ok(body)
  const idle = await connectTls(t, https.port, { servername: 'a.test' })
  const slow = await connectTls(t, https.port, { servername: 'a.test' })
  slow.socket.pause()
  slow.send(get())
  await eventually('an answer under way', () => backend.connections.length === 1)
  const drained = proxy.plane.drain(20_000)
  proxy.clock.advance(1000)
  await idle.atEnd()
  slow.socket.resume()
  assert.equal(digest((await slow.message()).body), digest(body))
  slow.end()
  await drained
})

test('no request fails while certificates change a hundred times under load', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A, 'b.test': certificateFor(['b.test']) })
  answering(backend)
  let running = true
  const served: number[] = []
  const shown = new Set<string>()
  const load = async (): Promise<void> => {
    while (running) {
      const client = await connectTls(t, https.port, { servername: 'a.test' })
      shown.add(client.shown)
      for (let i = 0; i < 5; i++) {
        client.send(get())
        served.push((await client.message()).status)
      }
      client.end()
    }
  }
  const clients = Array.from({ length: 6 }, load)
  for (let i = 0; i < 100; i++) {
    proxy.certificate('shop/a.test', certificateFor(['a.test'], 1 + (i % 3)), 'a.test').apply()
    const before = served.length
    await eventually('some requests', () => served.length > before)
  }
  running = false
  await Promise.all(clients)
  assert.deepEqual(
    served.filter((status) => status !== 200),
    [],
  )
  assert.ok(shown.size === 3 && served.length >= 100)
  assert.equal(proxy.sample('sluice_tls_handshakes', 'failed'), undefined)
})

test('a handshake under way when the end begins is finished, and its request answered', async (t) => {
  const { proxy, backend, https } = await startTlsWorld(t, { 'a.test': A })
  answering(backend)
  const raw = await connectTo(t, https.port)
  await eventually('a handshake under way', () => proxy.sample('sluice_connections', 'idle') === 1)
  const drained = proxy.plane.drain(20_000)
  const socket = connect({ socket: raw.socket, servername: 'a.test', rejectUnauthorized: false })
  t.after(() => socket.destroy())
  const client = new Peer(socket)
  client.send(get('/', 'Connection: close'))
  assert.equal((await client.message()).status, 200)
  client.end()
  await drained
})
