/** What is legal, and what becomes of it: requests as the proxy sees them, answers as the client does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../../src/proxy/headers.ts'
import { ERROR_CODES } from '../../src/proxy/http2/errors.ts'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import type { RequestHead } from '../../src/proxy/http2/heads.ts'
import { BlockReader, frame, GET, headers, literals, type Pairs, POST, setting, settings, uint32 } from './raw.ts'
import { endings, linesOf, type Record, ServerRig } from './rig.ts'

const fieldsOf = (...pairs: Pairs): HeaderList => {
  const list = new HeaderList()
  for (const [name, value] of pairs) list.add(name, value)
  return list
}
const answer = (...pairs: Pairs): { fields: HeaderList; sensitive: undefined } => ({
  fields: fieldsOf(...pairs),
  sensitive: undefined,
})
const headOf = (record: Record | undefined): RequestHead => record!.head_ as RequestHead
const data = (id: number, text: string, flags = 0): Buffer => frame(FRAME.data, flags, id, text)

/** The text that an HTTP/1.1 backend would get, from the fields alone. */
function linesFor(pairs: Pairs): string {
  const rig = new ServerRig().hello()
  assert.deepEqual(endings(rig.send(headers(1, pairs))), [])
  return headOf(rig.records[0]).fields.lines()
}

test(':authority stands in the fields as Host, first, and needs no copy', () => {
  assert.equal(linesFor([...GET, ['x-a', '1']]), 'host: a.test\r\nx-a: 1\r\n')
})

test('host alone is enough; beside the same :authority it is one field', () => {
  const bare = GET.filter(([name]) => name !== ':authority')
  assert.equal(linesFor([...bare, ['host', 'b.test']]), 'host: b.test\r\n')
  assert.equal(linesFor([...GET, ['host', 'A.test']]), 'host: a.test\r\n')
})

test('cookie crumbs become one field (section 8.2.3)', () => {
  const lines = linesFor([...GET, ['cookie', 'a=1'], ['x-a', '1'], ['cookie', 'b=2'], ['cookie', 'c=3']])
  assert.equal(lines, 'host: a.test\r\nx-a: 1\r\ncookie: a=1; b=2; c=3\r\n')
})

test('names with underscores, te: trailers, empty values and bytes above ASCII pass', () => {
  assert.equal(
    linesFor([...GET, ['__proto__', 'x'], ['te', 'trailers'], ['x-e', ''], ['x-b', '\xe9']]),
    'host: a.test\r\n__proto__: x\r\nte: trailers\r\nx-e: \r\nx-b: \xe9\r\n',
  )
})

test('pseudo-fields as the head: OPTIONS *, CONNECT, and CONNECT with a protocol', () => {
  const rig = new ServerRig().hello()
  const rest: Pairs = [
    [':scheme', 'https'],
    [':authority', '[::1]:8443'],
  ]
  rig.send(headers(1, [[':method', 'OPTIONS'], [':path', '*'], ...rest]))
  rig.send(
    headers(
      3,
      [
        [':method', 'CONNECT'],
        [':authority', 'b.test:443'],
      ],
      0,
    ),
  )
  rig.send(headers(5, [[':method', 'CONNECT'], [':protocol', 'websocket'], [':path', '/ws?x'], ...rest], 0))
  const seen = rig.records
    .map(headOf)
    .map(({ method, path, protocol, authority }) => [method, path, protocol, authority])
  assert.deepEqual(seen, [
    ['OPTIONS', '*', '', '[::1]:8443'],
    ['CONNECT', '', '', 'b.test:443'],
    ['CONNECT', '/ws?x', 'websocket', '[::1]:8443'],
  ])
})

test('a request with body and trailers, padded, with priority, in CONTINUATION frames, byte by byte', () => {
  const { endStream, endHeaders, padded, priority } = FLAG
  const block = literals([...POST, ['content-length', '5'], ['priority', 'u=1, i']])
  const first = Buffer.concat([Buffer.from([3]), uint32(0), Buffer.from([9]), block.subarray(0, 20), Buffer.alloc(3)])
  const bytes = Buffer.concat([
    frame(FRAME.headers, padded | priority, 1, first),
    frame(FRAME.continuation, 0, 1, block.subarray(20, 21)),
    frame(FRAME.continuation, 0, 1),
    frame(FRAME.continuation, endHeaders, 1, block.subarray(21)),
    frame(0xfa, 0xff, 1, 'unknown types are passed over'),
    frame(FRAME.data, padded, 1, '\x02he\0\0'),
    frame(FRAME.data, 0, 1),
    data(1, 'llo'),
    headers(1, [['x-t', '1']], endStream),
  ])
  for (const step of [1, 2, 7, 64, bytes.length]) {
    const rig = new ServerRig().hello()
    for (let at = 0; at < bytes.length; at += step) rig.send(bytes.subarray(at, at + step))
    const [record] = rig.records
    assert.deepEqual(
      [record!.body, record!.ended, record!.trailers],
      ['hello', true, ['x-t: 1']],
      `in steps of ${step}`,
    )
    assert.deepEqual(headOf(record).priority, { urgency: 1, incremental: true })
    assert.equal(headOf(record).contentLength, 5)
    assert.deepEqual(rig.violations, [])
  }
})

test('an answer with 1xx, body and trailers; what HTTP/1.1 says of the connection stays behind', () => {
  const rig = new ServerRig().hello()
  const read = new BlockReader()
  rig.onRequest = ({ stream }) => {
    rig.connection.informational(stream!, 103, fieldsOf(['Link', '</a>']))
    rig.connection.respond(stream!, 200, answer(['Content-Type', 'text/plain'], ['Connection', 'close']), false)
    assert.equal(rig.connection.write(stream!, Buffer.from('hello'), 0, 5, false), 5)
    rig.connection.end(stream!, fieldsOf(['Grpc-Status', '0']))
  }
  const [early, head, body, trailers, ...none] = rig.send(headers(1, GET))
  assert.deepEqual(read.read(early!.payload), [':status: 103', 'link: </a>'])
  assert.deepEqual(read.read(head!.payload), [':status: 200', 'content-type: text/plain'])
  assert.deepEqual([body!.type, body!.flags, body!.payload.toString()], [FRAME.data, 0, 'hello'])
  assert.deepEqual(
    [read.read(trailers!.payload), trailers!.flags & FLAG.endStream],
    [['grpc-status: 0'], FLAG.endStream],
  )
  assert.deepEqual(none, [])
  assert.equal(rig.connection.streams.count, 0)
})

test('a head that is longer than a frame goes on in CONTINUATION frames', () => {
  const rig = new ServerRig().hello()
  rig.onRequest = ({ stream }) => rig.connection.respond(stream!, 200, answer(['x-long', '~'.repeat(40_000)]), true)
  const frames = rig.send(headers(1, GET))
  assert.deepEqual(
    frames.map(({ type, flags }) => [type, flags]),
    [
      [FRAME.headers, FLAG.endStream],
      [FRAME.continuation, 0],
      [FRAME.continuation, FLAG.endHeaders],
    ],
  )
  const whole = new BlockReader().read(Buffer.concat(frames.map(({ payload }) => payload)))
  assert.equal(whole[1], `x-long: ${'~'.repeat(40_000)}`)
})

test('a header list above the limit is answered 431, and the connection lives on with the same tables', () => {
  const rig = new ServerRig({ limits: { head: { bytes: 1000, fields: 20 } } }).hello()
  const read = new BlockReader()
  const indexed = Buffer.concat([
    literals(GET),
    Buffer.from('4003782d610162', 'hex'),
    literals([['x-b', 'v'.repeat(1000)]]),
  ])
  const frames = rig.send(frame(FRAME.headers, 4, 1, indexed))
  assert.deepEqual(read.read(frames[0]!.payload), [':status: 431'])
  assert.deepEqual(endings(frames), ['RST_STREAM 1 NO_ERROR'])
  assert.deepEqual(rig.violations, ['head-too-large'])
  rig.send(frame(FRAME.headers, 5, 3, Buffer.concat([literals(GET), Buffer.from([0xbe])])))
  assert.equal(headOf(rig.records[0]).fields.lines(), 'host: a.test\r\nx-a: b\r\n')
  const many: Pairs = Array.from({ length: 20 }, (_, i) => [`x-${i}`, ''])
  assert.deepEqual(read.read(rig.send(headers(5, [...GET, ...many]))[0]!.payload), [':status: 431'])
})

test('fields that came never indexed are told by name', () => {
  const rig = new ServerRig().hello()
  rig.send(
    frame(
      FRAME.headers,
      5,
      1,
      Buffer.concat([literals(GET), Buffer.from('100870617373776f726406736563726574', 'hex')]),
    ),
  )
  assert.deepEqual(headOf(rig.records[0]).sensitive, ['password'])
  assert.deepEqual(linesOf(headOf(rig.records[0]).fields), ['host: a.test', 'password: secret'])
})

test('PING is answered with its payload, SETTINGS with an acknowledgement', () => {
  const rig = new ServerRig().hello()
  const [pong, ack] = rig.send(frame(FRAME.ping, 0, 0, '12345678'), settings(setting(0xfafa, 1)))
  assert.deepEqual([pong!.type, pong!.flags, pong!.payload.toString()], [FRAME.ping, FLAG.ack, '12345678'])
  assert.deepEqual([ack!.type, ack!.flags, ack!.payload.length], [FRAME.settings, FLAG.ack, 0])
  assert.deepEqual(rig.send(frame(FRAME.ping, FLAG.ack, 0, '12345678')), [], 'an answer nobody asked for')
})

test('a stream that the client resets is over, its neighbours go on', () => {
  const rig = new ServerRig().hello()
  rig.send(headers(1, POST, 0), headers(3, POST, 0), frame(FRAME.rstStream, 0, 1, uint32(8)))
  assert.equal(rig.records[0]!.resetCode, ERROR_CODES.CANCEL)
  rig.send(data(3, 'x', FLAG.endStream))
  assert.deepEqual([rig.records[1]!.body, rig.records[1]!.ended], ['x', true])
})

test('late frames of a stream that we reset are no fault of the client', () => {
  const rig = new ServerRig().hello()
  rig.send(headers(1, POST, 0))
  rig.connection.reset(rig.records[0]!.stream!, ERROR_CODES.CANCEL)
  assert.deepEqual(endings(rig.take()), ['RST_STREAM 1 CANCEL'])
  const late = [
    data(1, 'x'),
    frame(FRAME.windowUpdate, 0, 1, uint32(5)),
    headers(1, [['x-t', '1']]),
    frame(FRAME.rstStream, 0, 1, uint32(8)),
  ]
  assert.deepEqual(rig.send(...late), [])
  assert.equal(rig.records[0]!.resetCode, undefined, 'a reset of our own is not told')
  rig.send(headers(3, GET))
  assert.equal(rig.records.length, 2)
})

test('a sink that throws ends the connection, and the error is not lost', () => {
  const rig = new ServerRig().hello()
  rig.onRequest = () => {
    throw new Error('defect')
  }
  assert.throws(() => rig.send(headers(1, GET)), /defect/)
  assert.deepEqual(endings(rig.take()), ['GOAWAY INTERNAL_ERROR'])
  assert.equal(rig.connection.lifetime.isOver, true)
})

test('one that throws as the connection ends keeps no other from hearing of it', () => {
  const rig = new ServerRig().hello()
  rig.send(headers(1, POST, 0), headers(3, POST, 0))
  rig.records[0]!.reset = () => {
    throw new Error('defect')
  }
  assert.throws(() => rig.connection.abandon(ERROR_CODES.CANCEL, undefined), AggregateError)
  assert.equal(rig.records[1]!.resetCode, ERROR_CODES.CANCEL)
})
