/**
 * What the interoperability tests of gRPC ask of any two implementations, with the proxy between two of @grpc/grpc-js:
 * each case with and without TLS, on the way to the proxy and on the way to the server.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { eventually } from './eventually.ts'
import { type EchoClient, type Handlers, type Outcome, startEncryptedGrpc, statusOf, unary } from './grpc-world.ts'

/** What a message asks for, as JSON with blanks behind it. */
interface Ask {
  /** Of the messages of the answer. */
  readonly sizes?: readonly number[]
  readonly status?: { readonly code: status; readonly details: string }
  /** The server ends the call before the client does. */
  readonly leave?: boolean
}

const ask = (asked: Ask, bytes = 0): Buffer => Buffer.from(JSON.stringify(asked).padEnd(bytes))
const read = (message: Buffer): Ask => JSON.parse(String(message)) as Ask
const filled = (size: number): Buffer => Buffer.alloc(size, 'grpc')

const INITIAL = 'x-echo-initial'
const TRAILING = 'x-echo-trailing-bin'

function echoed({ metadata }: { metadata: Metadata }, name: string): Metadata {
  const back = new Metadata()
  for (const value of metadata.get(name)) back.add(name, value)
  return back
}

/** Calls that nobody answers, and those of them that ended. */
const silent = { begun: 0, cancelled: 0 }

const SERVER: Handlers = {
  Unary: (call, respond) => {
    const asked = read(call.request)
    if (asked.sizes === undefined && asked.status === undefined) {
      silent.begun++
      call.on('cancelled', () => silent.cancelled++)
      return
    }
    call.sendMetadata(echoed(call, INITIAL))
    const trailers = echoed(call, TRAILING)
    if (asked.status !== undefined) respond({ ...asked.status, metadata: trailers })
    else respond(null, filled(asked.sizes![0]!), trailers)
  },
  Upload: (call, respond) => {
    let total = 0
    silent.begun++
    call.on('cancelled', () => silent.cancelled++)
    call.on('data', (message: Buffer) => {
      total += message.length
    })
    call.on('end', () => respond(null, Buffer.from(String(total))))
  },
  Download: (call) => {
    for (const size of read(call.request).sizes!) call.write(filled(size))
    call.end()
  },
  Both: (call) => {
    call.sendMetadata(echoed(call, INITIAL))
    call.on('cancelled', () => silent.cancelled++)
    call.on('data', (message: Buffer) => {
      const { sizes = [], status, leave = false } = read(message)
      for (const size of sizes) call.write(filled(size))
      if (status !== undefined) call.emit('error', status)
      else if (leave) call.end(echoed(call, TRAILING))
    })
    call.on('end', () => call.end(echoed(call, TRAILING)))
  },
}

function upload(client: EchoClient, metadata = new Metadata()) {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const call = client.Upload(metadata, (error: ServiceError | null, answer?: Buffer) => resolve({ error, answer }))
  return { call, outcome: promise }
}

const DETAILS = '\t\nblanks and lines\r\nand ☺, beyond the first plane 😈, 100 %\t\n'
const BINARY = Buffer.from([0xab, 0, 0xff, 10, 13])

const CASES: Readonly<Record<string, (client: EchoClient) => Promise<void>>> = {
  'an empty message for another': async (client) => {
    const { error, answer } = await unary(client, ask({ sizes: [0] }))
    assert.deepEqual([error, answer], [null, Buffer.alloc(0)])
  },
  'a large message for another': async (client) => {
    const { error, answer } = await unary(client, ask({ sizes: [314_159] }, 271_828))
    assert.equal(error, null)
    assert.ok(answer!.equals(filled(314_159)))
  },
  'messages of 10 MiB both ways': async (client) => {
    const { error, answer } = await unary(client, ask({ sizes: [10 << 20] }, 10 << 20))
    assert.equal(error, null)
    assert.ok(answer!.equals(filled(10 << 20)))
  },
  'a stream of the client': async (client) => {
    const { call, outcome } = upload(client)
    for (const size of [27_182, 8, 1_828, 45_904]) call.write(filled(size))
    call.end()
    assert.equal(String((await outcome).answer), '74922')
  },
  'a stream of the server': async (client) => {
    const sizes = [31_415, 9, 2_653, 58_979]
    const seen: number[] = []
    for await (const message of client.Download(ask({ sizes }))) seen.push(message.length)
    assert.deepEqual(seen, sizes)
  },
  'by turns': async (client) => {
    const call = client.Both()
    for (const [asked, size] of [
      [27_182, 31_415],
      [8, 9],
      [1_828, 2_653],
      [45_904, 58_979],
    ] as const) {
      call.write(ask({ sizes: [size] }, asked))
      assert.equal((await once(call, 'data'))[0].length, size)
    }
    call.end()
    assert.equal((await statusOf(call)).code, status.OK)
  },
  'both at once, 300 messages each way': async (client) => {
    const call = client.Both()
    const seen: number[] = []
    call.on('data', (message: Buffer) => seen.push(message.length))
    const sizes = Array.from({ length: 300 }, (_, n) => (n * 37) % 5_000)
    for (const size of sizes) call.write(ask({ sizes: [size] }, 1_000))
    call.end()
    assert.equal((await statusOf(call)).code, status.OK)
    assert.deepEqual(seen, sizes)
  },
  'streams without a message': async (client) => {
    const call = client.Both()
    call.on('data', () => assert.fail('nothing was asked for'))
    call.end()
    assert.equal((await statusOf(call)).code, status.OK)
  },
  'a server that ends a stream before its client does': async (client) => {
    const call = client.Both()
    call.resume()
    for (let n = 0; n < 20; n++) call.write(ask({ leave: n === 10 }, 30_000))
    assert.equal((await statusOf(call)).code, status.OK)
    call.end()
  },
  'given up before the first message': async (client) => {
    const before = { ...silent }
    const { call, outcome } = upload(client)
    await eventually('the call', () => silent.begun > before.begun)
    call.cancel()
    assert.equal((await outcome).error?.code, status.CANCELLED)
    await eventually('its end at the server', () => silent.cancelled > before.cancelled)
  },
  'given up after the first answer': async (client) => {
    const { cancelled } = silent
    const call = client.Both()
    call.write(ask({ sizes: [31_415] }))
    await once(call, 'data')
    call.cancel()
    assert.equal((await statusOf(call)).code, status.CANCELLED)
    await eventually('its end at the server', () => silent.cancelled > cancelled)
  },
  'a deadline that the server sleeps through': async (client) => {
    const before = { ...silent }
    const { error } = await unary(client, ask({}), new Metadata(), { deadline: Date.now() + 200 })
    assert.equal(error?.code, status.DEADLINE_EXCEEDED)
    // On a busy machine it may not even have begun there.
    const rests = () => silent.cancelled - before.cancelled === silent.begun - before.begun
    await eventually('its end at the server', rests)
  },
  'metadata before and after, of one message and of a stream': async (client) => {
    const metadata = new Metadata()
    metadata.add(INITIAL, 'one')
    metadata.add(INITIAL, 'two')
    metadata.add(TRAILING, BINARY)
    const one = client.Unary(ask({ sizes: [1] }), metadata, () => {})
    const both = client.Both(metadata)
    both.resume().end()
    const heard = [one, both].map((call) => Promise.all([once(call, 'metadata'), statusOf(call)]))
    for (const [[initial], ended] of await Promise.all(heard)) {
      assert.equal((initial as Metadata).get(INITIAL).join(', '), 'one, two')
      assert.deepEqual(ended.metadata.get(TRAILING), [BINARY])
    }
  },
  'metadata of 12 KiB before and after': async (client) => {
    const metadata = new Metadata()
    metadata.set(INITIAL, 'm'.repeat(12 << 10))
    metadata.set(TRAILING, Buffer.alloc(9 << 10, 'm'))
    const call = client.Unary(ask({ sizes: [1] }), metadata, () => {})
    const ended = statusOf(call)
    const [initial] = (await once(call, 'metadata')) as [Metadata]
    assert.equal(String(initial.get(INITIAL)[0]).length, 12 << 10)
    assert.equal((await ended).metadata.get(TRAILING)[0]!.length, 9 << 10)
  },
  'a status and what it says': async (client) => {
    const answer = { code: status.DATA_LOSS, details: DETAILS }
    const { error } = await unary(client, ask({ status: answer }))
    assert.deepEqual([error?.code, error?.details], [answer.code, DETAILS])
    const call = client.Both()
    call.resume().write(ask({ sizes: [9], status: answer }))
    const { code, details } = await statusOf(call)
    assert.deepEqual([code, details], [answer.code, DETAILS])
  },
  'methods and services that nobody has': async (client) => {
    for (const path of ['/test.Echo/Missing', '/test.Nobody/Missing']) {
      const code = await new Promise((resolve) => {
        const same = (bytes: Buffer): Buffer => bytes
        client.makeUnaryRequest(path, same, same, ask({}), (error) => resolve(error?.code))
      })
      assert.equal(code, status.UNIMPLEMENTED, path)
    }
  },
  'a hundred calls at once, each with its own answer': async (client) => {
    const sizes = Array.from({ length: 100 }, (_, n) => n * 11)
    const outcomes = await Promise.all(sizes.map((size) => unary(client, ask({ sizes: [size] }))))
    assert.deepEqual(
      outcomes.map(({ answer }) => answer?.length),
      sizes,
    )
  },
}

for (const encrypted of [
  { client: false, server: false },
  { client: true, server: false },
  { client: false, server: true },
  { client: true, server: true },
]) {
  const ways = `${encrypted.client ? 'TLS' : 'TCP'} to the proxy, ${encrypted.server ? 'TLS' : 'TCP'} to the server`
  test(`gRPC by ${ways}`, async (t: TestContext) => {
    const { client } = await startEncryptedGrpc(t, SERVER, encrypted)
    for (const [name, run] of Object.entries(CASES)) await t.test(name, () => run(client))
  })
}
