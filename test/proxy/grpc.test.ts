/** gRPC from end to end, by @grpc/grpc-js on both ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { eventually } from './eventually.ts'
import { grpcClient, grpcServer, type Outcome, startGrpc, statusOf, unary } from './grpc-world.ts'
import { NOBODY, TestProxy } from './harness.ts'

test('a unary call, its metadata both ways and its trailers', async (t) => {
  const { client, proxy } = await startGrpc(t, {
    Unary: (call, respond) => {
      const trailers = new Metadata()
      trailers.set('x-trailer', 'behind')
      trailers.set('x-trailer-bin', Buffer.from([0, 255, 7]))
      const initial = new Metadata()
      initial.set('x-initial', String(call.metadata.get('x-asked')[0]))
      call.sendMetadata(initial)
      respond(null, Buffer.concat([call.request, call.request]), trailers)
    },
  })
  const metadata = new Metadata()
  metadata.set('x-asked', 'this')
  const call = client.Unary(Buffer.from('ab'), metadata, () => {})
  const [initial] = (await once(call, 'metadata')) as [Metadata]
  const outcome = await statusOf(call)
  assert.deepEqual(initial.get('x-initial'), ['this'])
  assert.equal(outcome.code, status.OK)
  assert.deepEqual(outcome.metadata.get('x-trailer'), ['behind'])
  assert.deepEqual(outcome.metadata.get('x-trailer-bin'), [Buffer.from([0, 255, 7])])
  await eventually('the log', () => proxy.log.length === 1)
})

test('messages of 10 MiB both ways', async (t) => {
  const { client } = await startGrpc(t, { Unary: ({ request }, respond) => respond(null, request) })
  const large = Buffer.alloc(10 * 1024 * 1024, 'a large message, ')
  const { error, answer } = await unary(client, large)
  assert.equal(error, null)
  assert.ok(answer!.equals(large))
})

test('all kinds of streams, with payloads of the sizes of the interoperability tests', async (t) => {
  const sizes = [31_415, 9, 2_653, 58_979, 271_828, 314_159]
  const { client } = await startGrpc(t, {
    Upload: async (call, respond) => {
      let total = 0
      for await (const message of call) total += (message as Buffer).length
      respond(null, Buffer.from(String(total)))
    },
    Download: (call) => {
      for (const size of sizes) call.write(Buffer.alloc(size))
      call.end()
    },
    Both: (call) => {
      call.on('data', (message: Buffer) => call.write(Buffer.alloc(message.length * 2)))
      call.on('end', () => call.end())
    },
  })

  const uploaded = Promise.withResolvers<Outcome>()
  const upload = client.Upload((error: ServiceError | null, answer: Buffer) => uploaded.resolve({ error, answer }))
  for (const size of sizes) upload.write(Buffer.alloc(size))
  upload.end()
  assert.equal(String((await uploaded.promise).answer), String(sizes.reduce((sum, size) => sum + size, 0)))

  const down: number[] = []
  for await (const message of client.Download(Buffer.alloc(0))) down.push(message.length)
  assert.deepEqual(down, sizes)

  // Ping-pong: no message goes before the answer to the one before.
  const both = client.Both()
  for (const size of sizes) {
    both.write(Buffer.alloc(size))
    const [answer] = await once(both, 'data')
    assert.equal(answer.length, size * 2)
  }
  both.end()
  assert.equal((await statusOf(both)).code, status.OK)
})

test('an error of the server is what the client gets, with its message, and no byte of a body', async (t) => {
  const { client } = await startGrpc(t, {
    Unary: (_call, respond) => respond({ code: status.FAILED_PRECONDITION, details: 'grün 100 %' }),
    Both: (call) => call.emit('error', { code: status.ABORTED, details: 'no' }),
  })
  const { error } = await unary(client, Buffer.alloc(1))
  assert.deepEqual([error?.code, error?.details], [status.FAILED_PRECONDITION, 'grün 100 %'])
  assert.equal((await statusOf(client.Both())).code, status.ABORTED)
})

test('metadata of 12 KiB pass both ways', async (t) => {
  const { client } = await startGrpc(t, {
    Unary: (call, respond) => {
      const trailers = new Metadata()
      trailers.set('x-back', String(call.metadata.get('x-large')[0]))
      respond(null, Buffer.alloc(0), trailers)
    },
  })
  const metadata = new Metadata()
  metadata.set('x-large', 'm'.repeat(12 * 1024))
  const call = client.Unary(Buffer.alloc(0), metadata, () => {})
  assert.equal(String((await statusOf(call)).metadata.get('x-back')[0]).length, 12 * 1024)
})

test('a call that its client gives up ends at the server', async (t) => {
  let cancelled = 0
  let begun = 0
  const { client, proxy } = await startGrpc(t, {
    Both: (call) => {
      begun++
      call.on('cancelled', () => cancelled++)
    },
  })
  const call = client.Both()
  call.write(Buffer.from('x'))
  await eventually('the call at the server', () => begun === 1)
  call.cancel()
  assert.equal((await statusOf(call)).code, status.CANCELLED)
  await eventually('its end at the server', () => cancelled === 1)
  await eventually('the log', () => proxy.log[0]?.fault === 'client-gone')
})

test('the deadline of a call ends it at both sides, though its route has none', async (t) => {
  let cancelled = 0
  let begun = 0
  const { client, proxy } = await startGrpc(t, {
    Unary: (call) => {
      begun++
      call.on('cancelled', () => cancelled++)
    },
  })
  // So far away that it is the proxy that says so.
  const outcome = unary(client, Buffer.alloc(1), undefined, { deadline: Date.now() + 30_000 })
  await eventually('the call at the server', () => begun === 1)
  await eventually('the deadline', () => {
    proxy.clock.advance(100)
    return proxy.log.length === 1
  })
  assert.equal((await outcome).error?.code, status.DEADLINE_EXCEEDED)
  await eventually('its end at the server', () => cancelled === 1)
  assert.equal(proxy.log[0]?.fault, 'request-timeout')
})

test('faults of the proxy are statuses of gRPC', async (t) => {
  const proxy = new TestProxy(t).route({ path: '/test.Echo', retries: 0 }).cluster({ protocol: 'h2' })
  await proxy.endpoints([]).apply().listen()
  const client = grpcClient(t, proxy.port)
  const none = await unary(client, Buffer.alloc(1))
  assert.deepEqual([none.error?.code, none.error?.details], [status.UNAVAILABLE, 'No endpoint is ready.'])
  proxy.endpoints([NOBODY]).apply()
  assert.equal((await unary(client, Buffer.alloc(1))).error?.code, status.UNAVAILABLE)
  proxy.unroute('*').apply()
  assert.equal((await unary(client, Buffer.alloc(1))).error?.code, status.UNIMPLEMENTED)
})

test('an answer that breaks off ends with a status, after what had come', async (t) => {
  const { client, backend } = await startGrpc(
    t,
    { Download: (call) => call.write(Buffer.from('part')) },
    { retries: 0 },
  )
  const call = client.Download(Buffer.alloc(0))
  const [part] = await once(call, 'data')
  assert.equal(String(part), 'part')
  backend.server.forceShutdown()
  const outcome = await statusOf(call)
  assert.deepEqual([outcome.code, outcome.details], [status.UNAVAILABLE, 'The endpoint broke off its answer.'])
})

test('more calls than the server takes at a time are all served', async (t) => {
  let most = 0
  let now = 0
  const { client } = await startGrpc(
    t,
    {
      Unary: ({ request }, respond) => {
        most = Math.max(most, ++now)
        setImmediate(() => {
          now--
          respond(null, request)
        })
      },
    },
    { server: { 'grpc.max_concurrent_streams': 2 } },
  )
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => unary(client, Buffer.from('x'))))
  assert.ok(outcomes.every(({ error, answer }) => error === null && String(answer) === 'x'))
})

test('a server that goes away while it serves loses no call: its streams finish, new ones go to another', async (t) => {
  const held: (() => void)[] = []
  const slow = await grpcServer(t, { Unary: ({ request }, respond) => held.push(() => respond(null, request)) })
  const next = await grpcServer(t, { Unary: ({ request }, respond) => respond(null, request) })
  const proxy = new TestProxy(t).route().endpoints([slow]).cluster({ protocol: 'h2' })
  await proxy.apply().listen()
  const client = grpcClient(t, proxy.port)
  const first = unary(client, Buffer.from('1'))
  await eventually('a call at the server', () => held.length === 1)
  // Sends GOAWAY, and waits for what is under way.
  slow.server.tryShutdown(() => {})
  proxy.endpoints([slow, next]).apply()
  const others = await Promise.all(Array.from({ length: 10 }, () => unary(client, Buffer.from('n'))))
  assert.ok(others.every(({ error }) => error === null))
  held[0]!()
  assert.equal(String((await first).answer), '1')
})
