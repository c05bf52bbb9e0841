/** The check of gRPC against real servers on loopback. */
import assert from 'node:assert/strict'
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { SystemClock } from '../../../lib/clock.ts'
import { selfSigned } from '../../../lib/self-signed.ts'
import { check } from './checks.ts'

interface Seen {
  path: string | undefined
  body: string
}

type Answer = (stream: ServerHttp2Stream) => void

/** A message, and trailers behind it. */
const saying =
  (bytes: readonly number[], status = '0'): Answer =>
  (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
    stream.end(Buffer.from(bytes))
  }
const SERVING = saying([0, 0, 0, 0, 2, 8, 1])

async function serve(t: TestContext, answer: Answer, server: Http2Server = createServer()) {
  const seen: Seen[] = []
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = []
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      seen.push({ path: headers[':path'], body: Buffer.concat(chunks).toString('latin1') })
      answer(stream)
    })
  })
  t.after(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = (service = '', tls = false) => {
    const signal = new AbortController().signal
    return check({ address: '127.0.0.1', port }, { kind: 'grpc', tls, service }, signal)
  }
  return { seen, ask }
}

test('grpc: SERVING is good, of the server or of a service of it', async (t) => {
  const { seen, ask } = await serve(t, SERVING)
  assert.deepEqual([await ask(), await ask('shop.Cart')], [undefined, undefined])
  const path = '/grpc.health.v1.Health/Check'
  assert.deepEqual(seen, [
    { path, body: '\0\0\0\0\0' },
    { path, body: '\0\0\0\0\x0b\n\tshop.Cart' },
  ])
})

test('grpc: anything else is told', async (t) => {
  for (const [answer, complaint] of [
    [saying([0, 0, 0, 0, 2, 8, 2]), 'answered NOT_SERVING'],
    [saying([0, 0, 0, 0, 0]), 'answered UNKNOWN'],
    [saying([]), 'answered no health status'],
    [saying([1, 0, 0, 0, 2, 8, 1]), 'answered no health status'],
    [saying([], '12'), 'answered 200, grpc-status 12'],
    [
      (stream: ServerHttp2Stream) => stream.respond({ ':status': 404 }, { endStream: true }),
      'answered 404, grpc-status undefined',
    ],
    [
      (stream: ServerHttp2Stream) => stream.respond({ ':status': 200, 'grpc-status': '5' }, { endStream: true }),
      'answered 200, grpc-status 5',
    ],
  ] as const) {
    const { ask } = await serve(t, answer)
    assert.equal(await ask(), complaint)
  }
})

test('grpc: by TLS the certificate may be anybody’s', async (t) => {
  const now = new SystemClock().wall()
  const { chain: cert, key } = selfSigned({ commonName: 'a', names: ['a'], from: now - 1e6, until: now + 1e8 })
  const { ask } = await serve(t, SERVING, createSecureServer({ cert, key }))
  assert.equal(await ask('', true), undefined)
})

test('grpc: no more of an answer is read than a health status takes', async (t) => {
  const pieces = 1_000
  let sent = 0
  const { ask } = await serve(t, (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    const more = (): void => {
      if (stream.destroyed) return
      if (++sent === pieces) stream.end()
      else stream.write(Buffer.alloc(16 * 1024), more)
    }
    more()
  })
  assert.match((await ask()) ?? '', /exceeded max size/)
  assert.ok(sent < pieces, `${sent} of ${pieces}`)
})
