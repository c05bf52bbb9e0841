/** Servers of gRPC that break off, leave or say too little: what a client of @grpc/grpc-js is told, and never "OK". */
import assert from 'node:assert/strict'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { type TestContext, test } from 'node:test'
import { status } from '@grpc/grpc-js'
import { eventually } from './eventually.ts'
import { grpcClient, unary } from './grpc-world.ts'
import { H2Backend, type H2BackendOptions } from './h2-backend.ts'
import { TestProxy } from './harness.ts'

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants
const HEAD = { ':status': 200, 'content-type': 'application/grpc' }
const MESSAGE = Buffer.from('\0\0\0\0\x05hello', 'latin1')

async function startByHand(t: TestContext, options: H2BackendOptions = {}) {
  const backend = await new H2Backend(options).listen(t)
  const proxy = new TestProxy(t).route({ retries: 0 }).endpoints([backend]).cluster({ protocol: 'h2' })
  await proxy.apply().listen()
  return { backend, proxy, client: grpcClient(t, proxy.port) }
}

function answerWell(stream: ServerHttp2Stream): void {
  stream.respond(HEAD, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.resume().end(MESSAGE)
}

/** Resets once what was written is on its way. */
const reset = (stream: ServerHttp2Stream) => () => stream.close(NGHTTP2_INTERNAL_ERROR)

const BROKEN: Readonly<Record<string, (stream: ServerHttp2Stream) => void>> = {
  'before anything': (stream) => reset(stream)(),
  'behind the head': (stream) => {
    stream.respond(HEAD)
    stream.write(Buffer.alloc(0), reset(stream))
  },
  'within a message': (stream) => {
    stream.respond(HEAD)
    stream.write(MESSAGE.subarray(0, 7), reset(stream))
  },
  'behind a message': (stream) => {
    stream.respond(HEAD)
    stream.write(MESSAGE, reset(stream))
  },
  'by an end without a status': (stream) => {
    stream.respond(HEAD)
    stream.end(MESSAGE)
  },
  'by the end of its connection': (stream) => {
    stream.respond(HEAD)
    stream.write(MESSAGE, () => stream.session?.destroy())
  },
}

for (const [when, handler] of Object.entries(BROKEN)) {
  test(`a call that breaks off ${when} is an error, and the next one is served`, async (t) => {
    const { backend, client } = await startByHand(t)
    backend.handler = handler
    const { error, answer } = await unary(client, Buffer.from('x'))
    assert.ok(error !== null && error.code !== status.OK, String(answer))
    backend.handler = answerWell
    assert.equal(String((await unary(client, Buffer.from('x'))).answer), 'hello')
  })
}

test('an answer that is all trailers', async (t) => {
  const { backend, client } = await startByHand(t)
  backend.handler = (stream) => {
    const fields = { 'grpc-status': '5', 'grpc-message': 'nicht%20da: %E2%98%BA', 'x-more': 'told' }
    stream.respond({ ...HEAD, ...fields }, { endStream: true })
  }
  const { error } = await unary(client, Buffer.from('x'))
  assert.deepEqual([error?.code, error?.details], [status.NOT_FOUND, 'nicht da: ☺'])
  assert.deepEqual(error?.metadata.get('x-more'), ['told'])
})

test('a server that leaves after every call fails none', async (t) => {
  const { backend, client } = await startByHand(t)
  backend.handler = (stream) => {
    answerWell(stream)
    stream.session!.goaway(NGHTTP2_NO_ERROR, stream.id)
  }
  for (let n = 0; n < 10; n++) assert.equal((await unary(client, Buffer.from('x'))).error, null)
  assert.equal(backend.sessions.length, 10)
})

test('a server that takes fewer and fewer calls at a time serves all of them', async (t) => {
  const { backend, client } = await startByHand(t, { settings: { maxConcurrentStreams: 20 } })
  backend.handler = answerWell
  await unary(client, Buffer.from('x'))
  for (const most of [5, 1]) {
    const [session] = backend.sessions
    let isAgreed = false
    session!.settings({ maxConcurrentStreams: most }, () => {
      isAgreed = true
    })
    await eventually('the settings', () => isAgreed)
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => unary(client, Buffer.from('x'))))
    assert.ok(outcomes.every(({ error }) => error === null))
  }
})

test('a server that asks whether anybody is there is answered in the middle of a call', async (t) => {
  const { backend, client } = await startByHand(t)
  let pongs = 0
  backend.handler = (stream) => {
    stream.session!.ping(Buffer.from('anybody?'), (error) => {
      if (error === null) pongs++
      answerWell(stream)
    })
  }
  assert.equal((await unary(client, Buffer.from('x'))).error, null)
  assert.equal(pongs, 1)
})
