/** Answers that are compressed on their way: which, how, and that nothing else about them changes. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { CODINGS } from '../../src/model/compression.ts'
import type { FilterSpec } from '../../src/model/filter.ts'
import { eventually, get, startWorld, turn } from './harness.ts'
import { type Message, parseMessage } from './message.ts'

const FILTER = { kind: 'compression', codings: CODINGS, types: ['text/*', 'application/json'], minBytes: 100 } as const
const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync }
const TEXT = 'All of this has been said before. '.repeat(2000)

function answer(body: string, ...lines: readonly string[]): string {
  const fields = ['Content-Type: text/plain', `Content-Length: ${body.length}`, ...lines]
  return `HTTP/1.1 200 OK\r\n${fields.map((line) => `${line}\r\n`).join('')}\r\n${body}`
}

async function startCompressing(t: TestContext, filter: Partial<Extract<FilterSpec, { kind: 'compression' }>> = {}) {
  const world = await startWorld(t, { filters: [{ ...FILTER, ...filter }] })
  const ask = async (text: string, ...lines: readonly string[]) => {
    world.backend.answer = () => text
    for (const connection of world.backend.connections) connection.answer = () => text
    world.client.send(get('/', ...lines))
    return await world.client.message()
  }
  return { ...world, ask }
}

const decoded = ({ body, fields }: Message) => {
  const decode = DECODERS[fields.get('content-encoding') as keyof typeof DECODERS]
  return decode(Buffer.from(body, 'latin1')).toString('latin1')
}

for (const coding of CODINGS) {
  test(`an answer is compressed with ${coding}, and the connection goes on`, async (t) => {
    const { proxy, ask } = await startCompressing(t)
    for (const text of [TEXT, TEXT.repeat(40)]) {
      const message = await ask(answer(text, 'ETag: "abc"', 'Accept-Ranges: bytes'), `Accept-Encoding: ${coding}`)
      assert.equal(message.fields.get('content-encoding'), coding)
      assert.equal(message.fields.get('transfer-encoding'), 'chunked')
      assert.equal(message.fields.get('content-length'), undefined)
      assert.equal(message.fields.get('accept-ranges'), undefined)
      assert.equal(message.fields.get('etag'), 'W/"abc"')
      assert.equal(message.fields.get('vary'), 'Accept-Encoding')
      assert.equal(decoded(message), text)
      assert.equal(proxy.log.at(-1)!.bytesSent, message.body.length)
    }
  })
}

for (const { what, text, lines = ['Accept-Encoding: gzip'], varies = false } of [
  { what: 'for a client that asks for nothing', text: answer(TEXT), lines: [], varies: true },
  { what: 'for a client that refuses', text: answer(TEXT), lines: ['Accept-Encoding: gzip;q=0'], varies: true },
  { what: 'that is small', text: answer('x'.repeat(99)) },
  { what: 'of another type', text: answer(TEXT).replace('text/plain', 'image/png') },
  { what: 'without a type', text: answer(TEXT).replace('Content-Type: text/plain\r\n', '') },
  { what: 'that is compressed', text: answer(TEXT, 'Content-Encoding: br') },
  { what: 'that must not be transformed', text: answer(TEXT, 'Cache-Control: public, no-transform') },
  {
    what: 'to a request that forbids it',
    text: answer(TEXT),
    lines: ['Accept-Encoding: gzip', 'Cache-Control: no-transform'],
  },
  {
    what: 'that is a part',
    text: answer(TEXT, 'Content-Range: bytes 0-67999/68000').replace('200 OK', '206 Partial Content'),
  },
  { what: 'whose bytes are vouched for', text: answer(TEXT, 'Content-Digest: sha-256=:x:') },
  { what: 'that is an error of the backend', text: answer(TEXT).replace('200 OK', '500 Broken') },
]) {
  test(`an answer ${what} stays as it is`, async (t) => {
    const { ask } = await startCompressing(t)
    const message = await ask(text, ...lines)
    assert.equal(message.body, text.slice(text.indexOf('\r\n\r\n') + 4))
    assert.equal(message.fields.get('content-length'), String(message.body.length))
    assert.equal(message.fields.get('vary'), varies ? 'Accept-Encoding' : undefined)
  })
}

test('what an answer varies by is added to, once', async (t) => {
  const { ask } = await startCompressing(t)
  const varyOf = async (...lines: readonly string[]) =>
    (await ask(answer(TEXT, ...lines), 'Accept-Encoding: gzip')).fields.get('vary')
  assert.equal(await varyOf('Vary: Origin'), 'Origin, Accept-Encoding')
  assert.equal(await varyOf('Vary: Origin, accept-encoding'), 'Origin, accept-encoding')
  assert.equal(await varyOf('Vary: *'), '*')
})

test('HEAD is told what GET would be', async (t) => {
  const { backend, client } = await startCompressing(t)
  backend.answer = () => answer(TEXT, 'ETag: "abc"').slice(0, -TEXT.length)
  client.send(get('/', 'Accept-Encoding: br').replace('GET', 'HEAD'))
  const { fields } = await client.message(true)
  assert.equal(fields.get('content-encoding'), 'br')
  assert.equal(fields.get('content-length'), undefined)
  assert.equal(fields.get('etag'), 'W/"abc"')
})

test('HTTP/1.0 gets it until the end of the connection', async (t) => {
  const { backend, client } = await startCompressing(t)
  backend.answer = () => answer(TEXT)
  client.send('GET / HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n')
  await client.atEnd()
  const body = client.text.slice(client.text.indexOf('\r\n\r\n') + 4)
  assert.equal(gunzipSync(Buffer.from(body, 'latin1')).toString('latin1'), TEXT)
})

test('what comes bit by bit is not held back, and trailers come last', async (t) => {
  const { backend, client } = await startCompressing(t)
  client.send(get('/', 'Accept-Encoding: gzip'))
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n')
  const head = await client.take('\r\n\r\n')
  assert.match(head, /Content-Encoding: gzip/)
  await eventually('the first part', () => client.text.length > 12)
  const before = client.text.length
  peer.send('6\r\nsecond\r\n')
  await eventually('the second part', () => client.text.length > before)
  peer.send('0\r\nX-Sum: 1\r\n\r\n')
  await client.take('X-Sum: 1\r\n\r\n')
})

test('a client that does not read holds its backend up, and gets all of it in the end', async (t) => {
  const { proxy, backend, client } = await startCompressing(t)
  // Nothing that can be made shorter.
  const body = Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24))
    .toString('latin1')
    .repeat(24)
  client.socket.pause()
  client.send(get('/', 'Accept-Encoding: gzip'))
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send(answer(body))
  await eventually('a backend that waits', () => peer.socket.writableLength > 0 && proxy.finished.length === 0)
  for (let i = 0; i < 20; i++) await turn()
  assert.ok(peer.socket.writableLength > 0, 'all of it was taken from the backend')
  // To look at all of it after each read would take longer than anything else here.
  const arrived: Buffer[] = []
  client.onBytes = (chunk) => arrived.push(chunk)
  client.socket.resume()
  await eventually('the last chunk', () => Buffer.concat(arrived.slice(-2)).toString('latin1').endsWith('0\r\n\r\n'))
  const message = parseMessage(Buffer.concat(arrived).toString('latin1'), { ended: false, bodyless: false })
  assert.ok(decoded(message!) === body)
})

test('a backend that breaks off is seen, and so is a client that leaves', async (t) => {
  const { proxy, backend, client } = await startCompressing(t)
  client.send(get('/', 'Accept-Encoding: gzip'))
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send(answer(TEXT).slice(0, -10))
  await client.take('\r\n\r\n')
  peer.reset()
  await client.atEnd()
  assert.equal(proxy.log.at(-1)!.fault, 'upstream-reset-in-response')
  const another = await proxy.connect()
  another.send(get('/', 'Accept-Encoding: gzip'))
  const next = await backend.accept()
  await next.take('\r\n\r\n')
  next.send(answer(TEXT).slice(0, -10))
  await another.take('\r\n\r\n')
  another.reset()
  await next.atEnd()
  assert.equal(proxy.log.at(-1)!.fault, 'client-gone')
})

test('events are not compressed, whatever is asked for', async (t) => {
  const { backend, client } = await startCompressing(t)
  client.send(get('/', 'Accept-Encoding: gzip'))
  const peer = await backend.accept()
  await peer.take('\r\n\r\n')
  peer.send(
    'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n',
  )
  await client.take('data: 1\n\n')
})
