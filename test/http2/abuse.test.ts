/** Floods and silence: what is legal one by one ends by budget or by time, and honest use never does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../../src/proxy/headers.ts'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { frame, GET, HELLO, headers, literals, POST, setting, settings, uint32 } from './raw.ts'
import { endings, ServerRig } from './rig.ts'

const EMPTY = { fields: new HeaderList(), sensitive: undefined }
const CALM = 'GOAWAY ENHANCE_YOUR_CALM'
const rst = (id: number): Buffer => frame(FRAME.rstStream, 0, id, uint32(8))
const ping = frame(FRAME.ping, 0, 0, '12345678')

/** How many rounds it takes until the connection ends; `most` where it never does. */
function roundsUntilCalm(rig: ServerRig, most: number, round: (n: number) => readonly Buffer[]): number {
  for (let n = 0; n < most; n++) {
    const ends = endings(rig.send(...round(n))).filter((ending) => ending.startsWith('GOAWAY'))
    if (ends.length > 0) {
      assert.deepEqual(ends, [CALM])
      return n
    }
  }
  return most
}
const id = (n: number): number => 2 * n + 1

test('rapid reset ends soon, and few requests were begun (CVE-2023-44487)', () => {
  const rig = new ServerRig().hello()
  assert.ok(roundsUntilCalm(rig, 5000, (n) => [headers(id(n), GET), rst(id(n))]) < 300)
  assert.ok(rig.records.length < 300)
})

test('resets that we are made to send count as well', () => {
  const zero = (n: number): Buffer => frame(FRAME.windowUpdate, 0, id(n), uint32(0))
  assert.ok(roundsUntilCalm(new ServerRig().hello(), 5000, (n) => [headers(id(n), GET), zero(n)]) < 300)
  const bad = (n: number): Buffer => headers(id(n), [...GET, ['connection', 'x']])
  assert.ok(roundsUntilCalm(new ServerRig().hello(), 5000, (n) => [bad(n)]) < 300)
  const fields = Array.from({ length: 130 }, (_, n) => [`x-${n}`, ''] as const)
  for (const flags of [0, FLAG.endStream]) {
    const large = (n: number): Buffer => headers(id(n), [...GET, ...fields], flags)
    assert.ok(roundsUntilCalm(new ServerRig().hello(), 5000, (n) => [large(n)]) < 300)
  }
  const over = (n: number): Buffer => headers(id(n), POST, 0)
  assert.ok(roundsUntilCalm(new ServerRig().hello(), 5000, (n) => [over(n)]) < 400)
})

test('a page that is left cancels its requests, again and again, without harm', () => {
  const rig = new ServerRig().hello()
  rig.onRequest = ({ stream }) => stream!.id % 100 > 20 && rig.connection.respond(stream!, 200, EMPTY, true)
  const round = (n: number): readonly Buffer[] => {
    rig.now = n * 100
    return id(n) % 100 > 20 ? [headers(id(n), GET)] : [headers(id(n), GET), rst(id(n))]
  }
  assert.equal(roundsUntilCalm(rig, 5000, round), 5000)
})

const FLOODS: Readonly<{ [what: string]: (n: number) => readonly Buffer[] }> = {
  PING: () => [ping],
  'answers to PING': () => [frame(FRAME.ping, FLAG.ack, 0, '12345678')],
  SETTINGS: () => [settings()],
  'SETTINGS with many entries': () => [settings(...Array.from({ length: 2000 }, () => setting(3, 1)))],
  PRIORITY: () => [frame(FRAME.priority, 0, 1, Buffer.from('0000000010', 'hex'))],
  PRIORITY_UPDATE: () => [frame(FRAME.priorityUpdate, 0, 0, uint32(1))],
  'WINDOW_UPDATE of one byte': () => [frame(FRAME.windowUpdate, 0, 0, uint32(1))],
  'empty DATA': (n) => [n === 0 ? headers(1, POST, 0) : frame(FRAME.data, 0, 1)],
  'DATA of padding': (n) => [n === 0 ? headers(1, POST, 0) : frame(FRAME.data, FLAG.padded, 1, '\x01\0')],
  'unknown types': () => [frame(0xfa, 0, 0)],
}
for (const [what, round] of Object.entries(FLOODS)) {
  test(`a flood of ${what} ends`, () => {
    const rounds = roundsUntilCalm(new ServerRig().hello(), 10_000, round)
    assert.ok(rounds < 3000, `${rounds}`)
  })
}

test('a PING every ten milliseconds is no flood', () => {
  const rig = new ServerRig().hello()
  const round = (n: number): readonly Buffer[] => {
    rig.now = n * 10
    return [ping]
  }
  assert.equal(roundsUntilCalm(rig, 20_000, round), 20_000)
})

test('header blocks without end are cut off: by bytes, and by frames', () => {
  const block = literals(GET)
  const long = frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000))
  assert.ok(
    roundsUntilCalm(new ServerRig().hello(), 100, (n) => [n === 0 ? frame(FRAME.headers, 1, 1, block) : long]) < 6,
  )
  const empty = frame(FRAME.continuation, 0, 1)
  assert.ok(
    roundsUntilCalm(new ServerRig().hello(), 100, (n) => [n === 0 ? frame(FRAME.headers, 1, 1, block) : empty]) < 40,
  )
})

test('long header blocks one after the other are no flood', () => {
  const block = literals(GET)
  const parts = (n: number): Buffer[] => [
    frame(FRAME.headers, 1, id(n), block),
    ...Array.from({ length: 20 }, () => empty(n)),
  ]
  const empty = (n: number): Buffer => frame(FRAME.continuation, 0, id(n))
  const rig = new ServerRig().hello()
  for (let n = 0; n < 5; n++) rig.send(...parts(n), frame(FRAME.continuation, FLAG.endHeaders, id(n)))
  assert.deepEqual([rig.records.length, rig.violations], [5, []])
})

test('a header list that grows out of the table is refused, whatever its bytes on the wire', () => {
  const rig = new ServerRig().hello()
  rig.send(frame(FRAME.headers, 5, 1, Buffer.concat([literals(GET), Buffer.from('40016100', 'hex')])))
  rig.send(frame(FRAME.headers, 4, 3, Buffer.concat([literals(POST), Buffer.alloc(3_000, 0xbe)])))
  assert.deepEqual(rig.violations, ['head-too-large'])
  assert.equal(rig.records.length, 1)
})

test('one that goes on and on is not decoded to its end: one byte each stands for kilobytes of the table', () => {
  const rig = new ServerRig().hello()
  const large = Buffer.concat([Buffer.from('400161', 'hex'), Buffer.from('7fa11e', 'hex'), Buffer.alloc(4_000, 'v')])
  rig.send(frame(FRAME.headers, 5, 1, Buffer.concat([literals(GET), large])))
  assert.deepEqual([rig.records.length, rig.violations], [1, []])
  assert.equal(
    roundsUntilCalm(rig, 2, () => [frame(FRAME.headers, 5, 3, Buffer.alloc(12_000, 0xbe))]),
    0,
  )
  assert.deepEqual(rig.violations, ['block-too-long'])
})

test('streams above the limit are refused so that they may be tried again, and others are served', () => {
  const rig = new ServerRig({ limits: { streams: 2 } }).hello()
  const frames = rig.send(headers(1, POST, 0), headers(3, POST, 0), headers(5, POST, 0))
  assert.deepEqual(endings(frames), ['RST_STREAM 5 REFUSED_STREAM'])
  rig.connection.respond(rig.records[0]!.stream!, 200, EMPTY, true)
  rig.send(frame(FRAME.data, FLAG.endStream, 1), headers(7, POST, 0))
  assert.deepEqual(
    rig.records.map(({ stream }) => stream!.id),
    [1, 3, 7],
  )
})

const SILENCES: Readonly<{ [what: string]: readonly [sent: readonly Buffer[], ms: number, ending: string] }> = {
  'no preface': [[], 10_000, 'GOAWAY PROTOCOL_ERROR'],
  'half a frame instead of SETTINGS': [[HELLO.subarray(0, 30)], 10_000, 'GOAWAY PROTOCOL_ERROR'],
  'no answer to our SETTINGS': [[HELLO], 10_000, 'GOAWAY SETTINGS_TIMEOUT'],
}
for (const [what, [sent, ms, ending]] of Object.entries(SILENCES)) {
  test(`${what}: the connection ends in time`, () => {
    const rig = new ServerRig()
    rig.send(...sent)
    rig.connection.lifetime.check(ms - 1)
    assert.deepEqual(
      rig.take().flatMap((each) => endings([each])),
      [],
    )
    rig.connection.lifetime.check(ms)
    assert.deepEqual(endings(rig.take()), [ending])
  })
}

test('half a header block, then silence: ends in time', () => {
  const rig = new ServerRig().hello()
  rig.send(frame(FRAME.headers, 1, 1, literals(GET)))
  rig.connection.lifetime.check(0)
  rig.connection.lifetime.check(9999)
  assert.deepEqual(rig.take(), [])
  rig.connection.lifetime.check(10_000)
  assert.deepEqual(endings(rig.take()), [CALM])
})

test('a body that waits for window all that time is given up; one that trickles is not', () => {
  const rig = new ServerRig().hello()
  const body = Buffer.alloc(100_000)
  rig.onRequest = (record) => {
    let sent = 0
    record.onWritable = () => {
      sent += rig.connection.write(record.stream!, body, sent, body.length, true)
    }
    rig.connection.respond(record.stream!, 200, EMPTY, false)
    record.onWritable()
  }
  const { lifetime } = rig.connection
  rig.send(frame(FRAME.windowUpdate, 0, 0, uint32(1 << 20)), headers(1, GET))
  lifetime.check(0)
  lifetime.check(59_000)
  rig.send(frame(FRAME.windowUpdate, 0, 1, uint32(10)))
  lifetime.check(61_000)
  lifetime.check(120_000)
  assert.equal(rig.records[0]!.resetCode, undefined)
  lifetime.check(121_000)
  assert.deepEqual(endings(rig.take()), ['RST_STREAM 1 CANCEL'])
  assert.equal(rig.records[0]!.resetCode, 8)
})

test('an idle connection, and one of age, end gracefully', () => {
  const rig = new ServerRig({ timeouts: { idleMs: 1000, drainMs: 100 } }).hello()
  const { lifetime } = rig.connection
  for (const [now, ends] of [
    [999, []],
    [1000, ['GOAWAY NO_ERROR']],
    [1099, []],
    [1100, ['GOAWAY NO_ERROR']],
  ] as const) {
    lifetime.check(now)
    assert.deepEqual(endings(rig.take()), ends, `at ${now}`)
  }
  assert.ok(lifetime.isOver)
  const old = new ServerRig({ timeouts: { ageMs: 5000 } }).hello()
  old.send(headers(1, POST, 0))
  old.connection.lifetime.check(5000)
  assert.deepEqual(endings(old.take()), ['GOAWAY NO_ERROR'])
  assert.ok(!old.connection.lifetime.isOver)
})

test('a graceful end: first announced, then final; requests between the two are served, later ones are not', () => {
  const rig = new ServerRig().hello()
  const { lifetime } = rig.connection
  rig.send(headers(1, POST, 0))
  lifetime.drain()
  const [first, asked] = rig.take()
  assert.deepEqual([first!.type, first!.payload.readUInt32BE(0)], [FRAME.goaway, 0x7fffffff])
  assert.equal(asked!.type, FRAME.ping)
  rig.send(headers(3, POST, 0))
  const [last] = rig.send(frame(FRAME.ping, FLAG.ack, 0, asked!.payload))
  assert.deepEqual([last!.type, last!.payload.readUInt32BE(0)], [FRAME.goaway, 3])
  assert.deepEqual(rig.send(headers(5, POST, 0), frame(FRAME.data, 0, 5, 'x')), [])
  assert.deepEqual(
    rig.records.map(({ stream }) => stream!.id),
    [1, 3],
  )
  for (const { stream } of rig.records) {
    assert.ok(!lifetime.isOver)
    rig.connection.respond(stream!, 200, EMPTY, true)
    rig.send(frame(FRAME.data, FLAG.endStream, stream!.id))
  }
  assert.ok(lifetime.isOver)
})

test('an error behind the final GOAWAY names no later stream than that did (section 6.8)', () => {
  const rig = new ServerRig().hello()
  rig.send(headers(1, POST, 0))
  rig.connection.lifetime.drain()
  rig.send(frame(FRAME.ping, FLAG.ack, 0, 'draining'), headers(5, POST, 0))
  const [last] = rig.send(frame(FRAME.ping, 0, 1, '12345678'))
  assert.deepEqual([last!.type, last!.payload.readUInt32BE(0), last!.payload.readUInt32BE(4)], [FRAME.goaway, 1, 1])
})
