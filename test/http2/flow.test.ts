/** Windows and turns: how much may be on its way, in which order, and who waits for whom. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../../src/proxy/headers.ts'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { frame, GET, headers, POST, type RawFrame, setting, settings, uint32 } from './raw.ts'
import { endings, ServerRig } from './rig.ts'

const EMPTY = { fields: new HeaderList(), sensitive: undefined }
const MEBIBYTE = Buffer.alloc(1 << 20, 0x62)
const update = (id: number, by: number): Buffer => frame(FRAME.windowUpdate, 0, id, uint32(by))
const bodyBytes = (frames: readonly RawFrame[], id: number): number =>
  frames.reduce(
    (sum, { type, stream, payload }) => sum + (type === FRAME.data && stream === id ? payload.length : 0),
    0,
  )

/** A server that answers every request with a body of that length, as fast as it is let. */
function answering(length: number, options: ConstructorParameters<typeof ServerRig>[0] = {}): ServerRig {
  const rig = new ServerRig({ ...options, limits: { outputBytes: 1 << 24, ...options.limits } })
  rig.onRequest = (record) => {
    let sent = 0
    record.onWritable = () => {
      sent += rig.connection.write(record.stream!, MEBIBYTE, sent, length, true)
    }
    rig.connection.respond(record.stream!, 200, EMPTY, false)
    record.onWritable()
  }
  return rig.hello()
}

test('a body stops at the window of the stream and goes on with it (section 6.9)', () => {
  const rig = answering(100_000)
  assert.equal(bodyBytes(rig.send(update(0, 1_000_000), headers(1, GET)), 1), 65_535)
  assert.equal(bodyBytes(rig.send(update(1, 10)), 1), 10)
  const rest = rig.send(update(1, 1_000_000))
  assert.equal(bodyBytes(rest, 1), 100_000 - 65_545)
  assert.equal(rest.at(-1)!.flags, FLAG.endStream)
  assert.equal(rig.connection.streams.count, 0)
})

test('no frame is larger than the peer takes', () => {
  const rig = answering(60_000)
  const sizes = rig.send(settings(setting(5, 1 << 20)), headers(1, GET)).filter(({ type }) => type === FRAME.data)
  assert.deepEqual(
    sizes.map(({ payload }) => payload.length),
    [16_384, 16_384, 16_384, 60_000 - 3 * 16_384],
  )
})

test('a smaller initial window can make windows negative; nothing is sent until they are positive (section 6.9.2)', () => {
  const rig = answering(100_000)
  rig.send(update(0, 1_000_000), headers(1, GET))
  assert.equal(bodyBytes(rig.send(settings(setting(4, 1000))), 1), 0)
  assert.equal(rig.records[0]!.stream!.sendWindow, 1000 - 65_535)
  assert.equal(bodyBytes(rig.send(update(1, 64_535)), 1), 0)
  assert.equal(bodyBytes(rig.send(update(1, 1)), 1), 1)
  assert.equal(bodyBytes(rig.send(settings(setting(4, 2000))), 1), 1000)
})

test('an end without a body needs no window, and no frame of its own', () => {
  const rig = answering(0)
  const [last, ...others] = rig.send(settings(setting(4, 0)), headers(1, GET)).slice(1)
  assert.deepEqual([last!.type, last!.flags], [FRAME.headers, FLAG.endHeaders | FLAG.endStream])
  assert.deepEqual(others, [])
})

test('an end is told by the last frame as long as that is here and the last one; by an empty one otherwise', () => {
  const rig = new ServerRig().hello()
  rig.send(headers(1, GET), headers(3, GET), headers(5, GET))
  const [one, three, five] = rig.records.map(({ stream }) => stream!)
  const { connection } = rig
  for (const stream of [one!, three!, five!]) connection.respond(stream, 200, EMPTY, false)
  connection.write(one!, MEBIBYTE, 0, 10, false)
  connection.end(one!, undefined)
  connection.end(three!, undefined)
  const told = rig.take().map(({ type, stream, flags, payload }) => [type, stream, flags, payload.length])
  assert.deepEqual(told.slice(3), [
    [FRAME.data, 1, FLAG.endStream, 10],
    [FRAME.data, 3, FLAG.endStream, 0],
  ])
  // What was written is not here any more, and other frames of the same length are not it.
  connection.write(five!, MEBIBYTE, 0, 8, false)
  rig.take()
  const ping = frame(FRAME.ping, 0, 0, '12345678')
  connection.receive(ping, 0, ping.length, 0)
  connection.end(five!, undefined)
  assert.deepEqual(
    rig.take().map(({ type, flags }) => [type, flags]),
    [
      [FRAME.ping, FLAG.ack],
      [FRAME.data, FLAG.endStream],
    ],
  )
})

test('the window of the connection goes to the most urgent first, then in order (RFC 9218 section 10)', () => {
  const rig = answering(100_000)
  const asked = (id: number, priority: string): Buffer => headers(id, [...GET, ['priority', priority]])
  rig.send(settings(setting(4, 1 << 20)), asked(1, 'u=5'), asked(3, 'u=5'), asked(5, 'u=1'))
  const order = (frames: readonly RawFrame[]): number[] => [...new Set(frames.map(({ stream }) => stream))]
  assert.deepEqual(order(rig.send(update(0, 100_000))), [5])
  assert.deepEqual(order(rig.send(update(0, 34_465))), [1])
  assert.deepEqual(order(rig.send(update(0, 300_000))), [3])
})

test('incremental answers take turns', () => {
  const rig = answering(100_000)
  const asked = (id: number): Buffer => headers(id, [...GET, ['priority', 'i']])
  rig.send(settings(setting(4, 1 << 20)), headers(1, GET), asked(3), asked(5))
  rig.send(update(0, 34_465))
  const frames = rig.send(update(0, 4 * 16_384)).filter(({ type }) => type === FRAME.data)
  assert.deepEqual(
    frames.map(({ stream }) => stream),
    [3, 5, 3, 5],
  )
})

test('PRIORITY_UPDATE moves an answer that waits (RFC 9218 section 7)', () => {
  const rig = answering(100_000)
  rig.send(settings(setting(4, 1 << 20)), headers(1, GET), headers(3, GET), headers(5, GET))
  rig.send(frame(FRAME.priorityUpdate, 0, 0, Buffer.concat([uint32(5), Buffer.from('u=0')])))
  assert.deepEqual(new Set(rig.send(update(0, 16_384)).map(({ stream }) => stream)), new Set([5]))
})

test('a client that reads nothing holds no more than the output limit, and goes on when it does', () => {
  const rig = new ServerRig({ limits: { outputBytes: 32_768 } }).hello()
  const wire = rig.connection
  rig.onRequest = (record) => {
    let sent = 0
    record.onWritable = () => {
      sent += rig.connection.write(record.stream!, MEBIBYTE, sent, 1 << 20, true)
    }
    rig.connection.respond(record.stream!, 200, EMPTY, false)
    record.onWritable()
  }
  const asked = Buffer.concat([
    settings(setting(4, 1 << 24)),
    update(0, 1 << 24),
    ...[1, 3, 5, 7].map((id) => headers(id, GET)),
  ])
  wire.written(true)
  rig.connection.receive(asked, 0, asked.length, 0)
  assert.ok(wire.isFull)
  assert.ok(wire.output().length < 40_000, String(wire.output().length))
  const frames = rig.take()
  assert.deepEqual(
    [1, 3, 5, 7].map((id) => bodyBytes(frames, id)),
    [1 << 20, 1 << 20, 1 << 20, 1 << 20],
  )
})

test('a request body is let in as it is consumed, and no further', () => {
  const limits = { streamWindow: 65_535, connectionWindow: 65_535 }
  const rig = new ServerRig({ limits, consumes: false }).hello()
  const part = frame(FRAME.data, 0, 1, Buffer.alloc(16_000))
  assert.deepEqual(rig.send(headers(1, POST, 0), part, part, part, part), [])
  rig.connection.consumed(rig.records[0]!.stream!, 40_000)
  const [whole, stream] = rig.take()
  assert.deepEqual([whole!.stream, whole!.payload.readUInt32BE(0)], [0, 40_000])
  assert.deepEqual([stream!.stream, stream!.payload.readUInt32BE(0)], [1, 40_000])
  assert.deepEqual(endings(rig.send(part, part)), [])
  assert.deepEqual(endings(rig.send(part)), ['GOAWAY FLOW_CONTROL_ERROR'])
})

test('more than the window of one stream ends that stream, and gives its bytes back to the connection', () => {
  const limits = { streamWindow: 65_535, connectionWindow: 1 << 20 }
  const rig = new ServerRig({ limits, consumes: false }).hello()
  const part = frame(FRAME.data, 0, 1, Buffer.alloc(16_384))
  assert.deepEqual(endings(rig.send(headers(1, POST, 0), part, part, part, part)), ['RST_STREAM 1 FLOW_CONTROL_ERROR'])
  const late = rig.send(...Array.from({ length: 40 }, () => part))
  assert.deepEqual(
    late.map(({ type, stream }) => [type, stream]),
    [[FRAME.windowUpdate, 0]],
  )
})

test('padding comes out of the windows, and goes back at once', () => {
  const limits = { streamWindow: 65_535, connectionWindow: 65_535 }
  const rig = new ServerRig({ limits, consumes: false }).hello()
  const padded = frame(
    FRAME.data,
    FLAG.padded,
    1,
    Buffer.concat([Buffer.from([255]), Buffer.from('x'), Buffer.alloc(255)]),
  )
  const frames = rig.send(headers(1, POST, 0), ...Array.from({ length: 1000 }, () => padded))
  assert.deepEqual(endings(frames), [])
  assert.ok(frames.length >= 6)
  assert.equal(rig.records[0]!.body.length, 1000)
})

test('windows below what everybody has from the start cannot be promised', () => {
  assert.throws(() => new ServerRig({ limits: { streamWindow: 1000 } }), /streamWindow 1000: expected 65535 to/)
})

test('what a stream holds when it ends goes back to the connection', () => {
  const limits = { streamWindow: 65_535, connectionWindow: 65_535 }
  const rig = new ServerRig({ limits, consumes: false }).hello()
  const part = frame(FRAME.data, 0, 1, Buffer.alloc(16_000))
  rig.send(headers(1, POST, 0), part, part, part)
  const [whole] = rig.send(frame(FRAME.rstStream, 0, 1, uint32(8)))
  assert.deepEqual([whole!.type, whole!.stream, whole!.payload.readUInt32BE(0)], [FRAME.windowUpdate, 0, 48_000])
  rig.connection.consumed(rig.records[0]!.stream!, 48_000)
  assert.deepEqual(rig.take(), [], 'and is not given back twice')
})
