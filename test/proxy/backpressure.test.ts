/** Whoever is slow holds the other side back; the proxy never holds more than a read or two for anybody. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Output } from '../../src/proxy/output.ts'
import { type Backend, eventually, get, ok, type Peer, settled, startWorld, turn } from './harness.ts'
import { assertHeld, heldBytes } from './memory.ts'
import { Pattern } from './pattern.ts'

const MiB = 1024 * 1024
const LARGE = 100 * MiB
/** What four socket buffers of the kernel and some reads of ours may swallow. */
const SWALLOWED = 48 * MiB

/** Checks the body of a chunked message by its pattern, whatever the chunks are. */
class ChunkReader {
  readonly #pattern: Pattern
  #left = 0
  #line = ''
  over = false

  constructor(pattern: Pattern) {
    this.#pattern = pattern
  }

  take(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length && !this.over) {
      const run = Math.min(this.#left, bytes.length - at)
      this.#pattern.take(bytes.subarray(at, at + run))
      this.#left -= run
      at += run
      if (this.#left > 0) return
      const end = bytes.indexOf(10, at)
      this.#line += bytes.toString('latin1', at, end < 0 ? bytes.length : end + 1)
      if (end < 0) return
      at = end + 1
      if (this.#line === '\r\n') this.#line = ''
      if (this.#line === '') continue
      this.#left = Number.parseInt(this.#line, 16)
      this.over = this.#left === 0
      this.#line = ''
    }
  }
}

async function begin(client: Peer, backend: Backend, request: string): Promise<Peer> {
  client.send(request)
  const connection = await backend.accept()
  await connection.take('\r\n\r\n')
  return connection
}

for (const framing of ['length', 'chunks'] as const) {
  test(`a client that does not read an answer of 100 MiB in ${framing} holds the endpoint back`, async (t) => {
    const { proxy, backend, client } = await startWorld(t)
    const connection = await begin(client, backend, get())
    const pattern = new Pattern(LARGE, 1)
    const before = heldBytes()
    const end = framing === 'length' ? `Content-Length: ${LARGE}` : 'Connection: close'
    connection.send(`HTTP/1.1 200 OK\r\n${end}\r\n\r\n`)
    await client.take('\r\n\r\n')
    client.socket.pause()
    const reader = new ChunkReader(pattern)
    client.onBytes = (bytes) => (framing === 'length' ? pattern : reader).take(bytes)
    pattern.pump(connection, () => framing === 'chunks' && connection.end())
    const stuck = await settled(() => pattern.sent(connection))
    assert.ok(stuck < SWALLOWED, `${stuck} bytes were taken from the endpoint`)
    await assertHeld(before, MiB / 2)
    client.socket.resume()
    await eventually('all of it', () => pattern.complete && (framing === 'length' || reader.over))
    assert.equal(proxy.log[0]?.bytesSent, LARGE)
  })
}

test('an endpoint that does not read an upload of 100 MiB holds the client back', async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${LARGE}\r\n\r\n`
  const connection = await begin(client, backend, request)
  const pattern = new Pattern(LARGE, 2)
  const before = heldBytes()
  connection.socket.pause()
  pattern.check(connection)
  pattern.pump(client)
  const stuck = await settled(() => pattern.sent(client))
  assert.ok(stuck < SWALLOWED, `${stuck} bytes were taken from the client`)
  await assertHeld(before, MiB / 2)
  connection.socket.resume()
  await eventually('all of it', () => pattern.complete)
  connection.send('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
  assert.equal((await client.message()).status, 200)
  assert.equal(proxy.log[0]?.bytesReceived, LARGE)
})

test('an upload in chunks of one byte waits once for an endpoint that does not read, not once a byte', async (t) => {
  const waits = t.mock.method(Output.prototype, 'whenClear')
  const { backend, client } = await startWorld(t)
  const connection = await begin(client, backend, 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  connection.socket.pause()
  const piece = Buffer.from('1\r\nx\r\n'.repeat(10_000))
  let taken = 0
  const next = (error?: Error | null): void => {
    taken += piece.length
    if (!error) client.socket.write(piece, next)
  }
  client.socket.write(piece, next)
  await settled(() => taken)
  assert.ok(waits.mock.callCount() < 20, `${waits.mock.callCount()} times`)
  connection.reset()
  client.reset()
})

test('uploads side by side that are stuck hold little each, and never mix their bytes', async (t) => {
  const { proxy, backend } = await startWorld(t)
  const patterns = Array.from({ length: 24 }, (_, n) => new Pattern(8 * MiB, 10 + n))
  const before = heldBytes()
  const uploads: { client: Peer; connection: Peer; pattern: Pattern }[] = []
  for (const pattern of patterns) {
    const client = await proxy.connect()
    const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${pattern.length}\r\n\r\n`
    const connection = await begin(client, backend, request)
    connection.socket.pause()
    pattern.check(connection)
    pattern.pump(client)
    uploads.push({ client, connection, pattern })
  }
  await settled(() => uploads.reduce((sum, { client, pattern }) => sum + pattern.sent(client), 0))
  // The endpoint's sockets in this process hold up to two reads each as well.
  await assertHeld(before, patterns.length * 256 * 1024)
  for (const { connection } of uploads) connection.socket.resume()
  await eventually('all of them', () => patterns.every(({ complete }) => complete))
})

test('uploads in small pieces that are stuck never mix their bytes either', async (t) => {
  const { proxy, backend } = await startWorld(t)
  const patterns = Array.from({ length: 4 }, (_, n) => new Pattern(16 * MiB, 50 + n))
  const uploads: { client: Peer; connection: Peer; pattern: Pattern }[] = []
  for (const pattern of patterns) {
    const client = await proxy.connect()
    const request = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${pattern.length}\r\n\r\n`
    const connection = await begin(client, backend, request)
    connection.socket.pause()
    pattern.check(connection)
    uploads.push({ client, connection, pattern })
  }
  const sent = (): number => uploads.reduce((sum, { client, pattern }) => sum + pattern.sent(client), 0)
  // One piece of each at a time, so that none of them is read in bulk.
  for (let before = -1; sent() > before; ) {
    before = sent()
    for (const { client, pattern } of uploads) if (client.socket.writableLength === 0) pattern.send(client, 6000)
    await turn()
    await turn()
  }
  assert.ok(sent() < 4 * SWALLOWED, `${sent()} bytes were taken`)
  for (const { client, connection, pattern } of uploads) {
    pattern.pump(client)
    connection.socket.resume()
  }
  await eventually('all of them', () => patterns.every(({ complete }) => complete))
})

test('an answer that waits for its client is not overwritten by the next one from the same connection', async (t) => {
  const { proxy, backend, client: slow } = await startWorld(t)
  const letters = 'abcdefghijklmnopqrstuvwxyz'
  let n = 0
  backend.answer = () => ok(letters[n++ % 26]!.repeat(60_000))
  slow.socket.pause()
  slow.send(get().repeat(400))
  const answered = await settled(() => proxy.log.length)
  assert.ok(answered > 0 && answered < 400)
  const quick = await proxy.connect()
  for (let i = 0; i < 5; i++) {
    quick.send(get())
    await quick.message()
  }
  const used = n
  slow.socket.resume()
  for (let i = 0; i < answered; i++) {
    const { body } = await slow.message()
    assert.equal(body, letters[i % 26]!.repeat(60_000), `answer ${i}`)
  }
  assert.ok(used > answered)
})
