/** The client's side: what goes out, what answers may be, and how a server leaves without a request failing. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../../src/proxy/headers.ts'
import { ERROR_CODES } from '../../src/proxy/http2/errors.ts'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import type { ResponseHead } from '../../src/proxy/http2/heads.ts'
import { BlockReader, frame, headers, type Pairs, setting, settings, uint32 } from './raw.ts'
import { ClientRig, endings, linesOf, Record } from './rig.ts'

const { endStream } = FLAG
const asked = (method = 'GET', protocol = '') => {
  const fields = new HeaderList()
  fields.add('Host', 'a.test')
  fields.add('X-A', '1')
  return { method, scheme: 'http', authority: 'a.test', path: '/p?q', protocol, fields, sensitive: undefined }
}
const OK: Pairs = [[':status', '200']]
const goaway = (last: number, code = 0): Buffer => frame(FRAME.goaway, 0, 0, uint32(last, code))

/** A client that has asked so many times, and what was told. */
function asking(count: number, method?: string): [ClientRig, Record[]] {
  const rig = new ClientRig().hello()
  const records = Array.from({ length: count }, () => {
    const record = new Record()
    record.stream = rig.connection.request(asked(method), true, record)
    return record
  })
  rig.take()
  return [rig, records]
}

test('a request goes out with its pseudo-fields, Host as :authority', () => {
  const rig = new ClientRig().hello()
  const read = new BlockReader()
  rig.connection.request(asked(), true, new Record())
  rig.connection.request(asked('CONNECT', 'websocket'), false, new Record())
  const [get, connect] = rig.take()
  assert.deepEqual([get!.stream, get!.flags], [1, FLAG.endHeaders | endStream])
  const rest = [':scheme: http', ':path: /p?q', ':authority: a.test', 'x-a: 1']
  assert.deepEqual(read.read(get!.payload), [':method: GET', ...rest])
  assert.equal(connect!.stream, 3)
  assert.deepEqual(read.read(connect!.payload), [':method: CONNECT', ':protocol: websocket', ...rest])
})

test('1xx, head, body and trailers of an answer, byte by byte', () => {
  const [rig, [record]] = asking(1)
  const bytes = Buffer.concat([
    headers(
      1,
      [
        [':status', '103'],
        ['link', '</a>'],
      ],
      0,
    ),
    headers(1, [...OK, ['x-b', '2'], ['content-length', '5']], 0),
    frame(FRAME.data, 0, 1, 'hello'),
    headers(1, [['grpc-status', '0']], endStream),
  ])
  for (const byte of bytes) rig.send(Buffer.from([byte]))
  assert.deepEqual(
    record!.informationals.map(({ status }) => status),
    [103],
  )
  const head = record!.head_ as ResponseHead
  assert.deepEqual([head.status, linesOf(head.fields)], [200, ['x-b: 2', 'content-length: 5']])
  assert.deepEqual([record!.body, record!.ended, record!.trailers], ['hello', true, ['grpc-status: 0']])
  assert.equal(rig.connection.streams.count, 0)
})

test('trailers alone, and an answer without a body, end at once', () => {
  const [rig, [record]] = asking(1)
  rig.send(headers(1, [...OK, ['grpc-status', '5']], endStream))
  assert.equal(record!.ended, true)
  assert.equal(rig.connection.streams.count, 0)
})

const BODYLESS: readonly (readonly [method: string, status: string])[] = [
  ['HEAD', '200'],
  ['GET', '304'],
  ['GET', '204'],
]
for (const [method, status] of BODYLESS) {
  test(`${method} with ${status}: content-length says nothing of this message`, () => {
    const [rig, [record]] = asking(1, method)
    rig.send(
      headers(
        1,
        [
          [':status', status],
          ['content-length', '5'],
        ],
        endStream,
      ),
    )
    assert.deepEqual([record!.ended, record!.resetCode], [true, undefined])
    const [again, [other]] = asking(1, method)
    const ends = endings(again.send(headers(1, [[':status', status]], 0), frame(FRAME.data, endStream, 1, 'x')))
    assert.deepEqual(ends, ['RST_STREAM 1 PROTOCOL_ERROR'])
    assert.equal(other!.body, '')
  })
}

const BAD: Readonly<{ [what: string]: readonly Buffer[] }> = {
  'no :status': [headers(1, [['x-a', '1']])],
  ':status 101': [headers(1, [[':status', '101']], 0)],
  ':status with a phrase': [headers(1, [[':status', '200 OK']])],
  ':status twice': [headers(1, [...OK, ...OK])],
  'a pseudo-field of requests': [headers(1, [...OK, [':path', '/']])],
  '1xx with END_STREAM': [headers(1, [[':status', '100']])],
  'DATA before the head': [frame(FRAME.data, 0, 1, 'x')],
  'a second head': [headers(1, OK, 0), headers(1, OK, 0)],
  connection: [headers(1, [...OK, ['connection', 'close']])],
  'LF in a value': [headers(1, [...OK, ['x-a', 'b\nc']])],
  'a body shorter than its length': [
    headers(1, [...OK, ['content-length', '3']], 0),
    frame(FRAME.data, endStream, 1, 'ab'),
  ],
  'no body where a length is said': [headers(1, [...OK, ['content-length', '3']])],
}
for (const [what, sent] of Object.entries(BAD)) {
  test(`an answer with ${what} ends its stream alone`, () => {
    const [rig, [record, other]] = asking(2)
    assert.deepEqual(endings(rig.send(...sent)), ['RST_STREAM 1 PROTOCOL_ERROR'])
    assert.equal(record!.resetCode, ERROR_CODES.PROTOCOL_ERROR)
    rig.send(headers(3, OK))
    assert.equal(other!.ended, true)
  })
}

const FATAL: Readonly<{ [what: string]: readonly [ending: string, sent: Buffer] }> = {
  'a push': ['GOAWAY PROTOCOL_ERROR', frame(FRAME.pushPromise, 4, 1, uint32(2))],
  'HEADERS on a stream nobody opened': ['GOAWAY PROTOCOL_ERROR', headers(5, OK)],
  'HEADERS on an even stream': ['GOAWAY PROTOCOL_ERROR', headers(2, OK)],
  ENABLE_PUSH: ['GOAWAY PROTOCOL_ERROR', settings(setting(2, 1))],
  PRIORITY_UPDATE: ['GOAWAY PROTOCOL_ERROR', frame(FRAME.priorityUpdate, 0, 0, uint32(1))],
  'a GOAWAY that rises': ['GOAWAY PROTOCOL_ERROR', Buffer.concat([goaway(1), goaway(3)])],
}
for (const [what, [ending, sent]] of Object.entries(FATAL)) {
  test(`${what} from a server ends the connection, and every request hears of it`, () => {
    const [rig, records] = asking(1)
    assert.deepEqual(endings(rig.send(sent)), [ending])
    assert.deepEqual(
      records.map(({ resetCode }) => resetCode),
      [ERROR_CODES.PROTOCOL_ERROR],
    )
    assert.equal(rig.connection.room, 0)
  })
}

test('GOAWAY: what was not touched is told so and may go elsewhere, the rest completes', () => {
  const [rig, [first, second, third]] = asking(3)
  rig.send(goaway(1))
  assert.deepEqual([second!.resetCode, third!.resetCode], [ERROR_CODES.REFUSED_STREAM, ERROR_CODES.REFUSED_STREAM])
  assert.equal(rig.connection.request(asked(), true, new Record()), undefined)
  rig.send(headers(1, OK))
  assert.deepEqual([first!.ended, first!.resetCode, rig.left], [true, undefined, [0]])
})

test('the limit of the server is kept: none above it, told when there is room, zero is zero', () => {
  const rig = new ClientRig().hello()
  rig.send(settings(setting(3, 1)))
  assert.ok(rig.connection.request(asked(), true, new Record()) !== undefined)
  assert.equal(rig.connection.request(asked(), true, new Record()), undefined)
  rig.take()
  rig.send(headers(1, OK))
  assert.equal(rig.rooms, 1)
  rig.send(settings(setting(3, 0)))
  assert.equal(rig.connection.room, 0)
  rig.send(settings(setting(3, 5)))
  assert.deepEqual([rig.connection.room, rig.rooms], [5, 2])
})

test('a server that has answered may stop the request: nothing is counted against it', () => {
  const rig = new ClientRig({ limits: { resets: { burst: 2, perSecond: 0 } } }).hello()
  for (let id = 1; id < 20; id += 2) {
    const record = new Record()
    rig.connection.request(asked('POST'), false, record)
    rig.send(headers(id, OK), frame(FRAME.rstStream, 0, id, uint32(0)))
    assert.deepEqual([record.ended, record.resetCode], [true, ERROR_CODES.NO_ERROR])
  }
  assert.deepEqual(rig.violations, [])
})

test('what a server offers is known: other protocols in streams', () => {
  const rig = new ClientRig().hello()
  assert.equal(rig.connection.takesConnectProtocol, false)
  rig.send(settings(setting(8, 1)))
  assert.equal(rig.connection.takesConnectProtocol, true)
})
