/** Sockets that read into a buffer of ours, see src/proxy/downstream/adopt.ts. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createSecureContext, TLSSocket, connect as tlsConnect } from 'node:tls'
import { adopt } from '../../src/proxy/downstream/adopt.ts'
import { eventually, settled } from './eventually.ts'
import { certificateFor } from './tls-world.ts'

const { chain: cert, key } = certificateFor(['adopted.test'])
const MIB = 1024 * 1024

interface Pair {
  readonly accepted: Socket
  readonly client: Socket
}

async function pair(t: TestContext): Promise<Pair> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepting = once(server, 'connection')
  const client = connect({ port: (server.address() as { port: number }).port, host: '127.0.0.1' })
  const [accepted] = (await accepting) as [Socket]
  t.after(() => {
    client.destroy()
    server.close()
  })
  return { accepted, client }
}

async function tlsPair(t: TestContext): Promise<Pair> {
  const { accepted: raw, client: rawClient } = await pair(t)
  const accepted = new TLSSocket(raw, { isServer: true, secureContext: createSecureContext({ cert, key }) })
  const client = tlsConnect({ socket: rawClient, rejectUnauthorized: false })
  await Promise.all([once(accepted, 'secure'), once(client, 'secureConnect')])
  t.after(() => accepted.destroy())
  return { accepted, client }
}

/** Adopts it, and gathers what is read. */
function adopted(t: TestContext, accepted: Socket) {
  const buffer = Buffer.alloc(64 * 1024)
  const parts: Buffer[] = []
  const received = (bytes: number): boolean => {
    parts.push(Buffer.from(buffer.subarray(0, bytes)))
    return true
  }
  const socket = adopt(accepted, { highWaterMark: MIB, buffer, received })
  assert.ok(socket !== undefined, 'Node has changed: sockets are not adopted any more')
  t.after(() => socket.destroy())
  return { socket, read: () => Buffer.concat(parts) }
}

const sent = Buffer.from(Array.from({ length: 3 * MIB }, (_, i) => i ^ (i >> 8) ^ (i >> 16)))

for (const [kind, open] of Object.entries({ plain: pair, TLS: tlsPair })) {
  test(`a ${kind} socket reads into the buffer it is given, to its end`, async (t) => {
    const { accepted, client } = await open(t)
    const { socket, read } = adopted(t, accepted)
    const ended = once(socket, 'end')
    client.end(sent)
    await ended
    assert.ok(read().equals(sent))
  })

  test(`a ${kind} socket that is paused reads no more, and goes on where it stopped`, async (t) => {
    const { accepted, client } = await open(t)
    const { socket, read } = adopted(t, accepted)
    client.write(sent)
    await eventually('the first bytes', () => read().length > 0)
    socket.pause()
    const stopped = await settled(() => read().length)
    assert.ok(stopped < sent.length)
    socket.resume()
    await eventually('the rest', () => read().length === sent.length)
    assert.ok(read().equals(sent))
  })

  test(`a ${kind} socket takes the next buffer when it asks for one`, async (t) => {
    const { accepted, client } = await open(t)
    const buffers = [Buffer.alloc(1024), Buffer.alloc(1024)]
    let at = 0
    const asked: (Buffer | undefined)[] = [buffers[0], buffers[1], undefined]
    const texts: string[] = []
    const socket = adopt(accepted, {
      highWaterMark: MIB,
      buffer: () => asked.shift(),
      received: (bytes) => texts.push(buffers[Math.min(at++, 1)]!.toString('latin1', 0, bytes)) > 0,
    })
    t.after(() => socket?.destroy())
    for (const text of ['one', 'two', 'three']) {
      client.write(text)
      await eventually(text, () => texts.at(-1) === text)
    }
    assert.equal(buffers[0]!.toString('latin1', 0, 3), 'one')
  })
}

test('a TLS socket that holds what was read before is left to who listens for it', async (t) => {
  const { accepted, client } = await tlsPair(t)
  accepted.pause()
  client.write('early')
  await eventually('what was decrypted', () => {
    accepted.read(0)
    return accepted.readableLength > 0
  })
  assert.equal(adopt(accepted, { highWaterMark: MIB, buffer: Buffer.alloc(10), received: () => true }), undefined)
  assert.equal(String(accepted.read()), 'early')
})

test('a plain socket that was read before is left to who listens for it', async (t) => {
  const { accepted, client } = await pair(t)
  client.write('early')
  const [early] = (await once(accepted, 'data')) as [Buffer]
  assert.equal(String(early), 'early')
  assert.equal(adopt(accepted, { highWaterMark: MIB, buffer: Buffer.alloc(10), received: () => true }), undefined)
  accepted.destroy()
})

test('a socket whose parts have other names is left to who listens for it', async (t) => {
  const { accepted } = await pair(t)
  const own = (accepted as unknown as { _handle: object })._handle
  Object.defineProperty(own, 'useUserBuffer', { value: undefined })
  assert.equal(adopt(accepted, { highWaterMark: MIB, buffer: Buffer.alloc(10), received: () => true }), undefined)
  accepted.destroy()
})
