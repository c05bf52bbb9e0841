/** What RFC 9113 says MUST be an error, section by section, towards a server: the answer, and that nobody is served. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { PREFACE } from '../../src/proxy/http2/preface.ts'
import { frame, GET, HELLO, headers, literals, type Pairs, POST, setting, settings, uint32 } from './raw.ts'
import { endings, ServerRig } from './rig.ts'

const { endStream, padded, priority, ack } = FLAG
const get = (id = 1): Buffer => headers(id, GET)
const post = (id = 1): Buffer => headers(id, POST, 0)
const data = (id: number, text: string, flags: number = endStream): Buffer => frame(FRAME.data, flags, id, text)
const prio = (id: number, on: number): Buffer =>
  frame(FRAME.priority, 0, id, Buffer.concat([uint32(on), Buffer.from([1])]))
const rst = (id: number, code = 8): Buffer => frame(FRAME.rstStream, 0, id, uint32(code))
const update = (id: number, by: number): Buffer => frame(FRAME.windowUpdate, 0, id, uint32(by))
const block = literals(GET)

type Row = readonly [what: string, ending: string, ...sent: readonly Buffer[]]

const PREFACES: readonly Row[] = [
  ['3.4 another protocol', 'GOAWAY PROTOCOL_ERROR', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['3.4 a preface with one wrong byte', 'GOAWAY PROTOCOL_ERROR', Buffer.from('PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n')],
  ['3.4 a preface without SETTINGS', 'GOAWAY PROTOCOL_ERROR', PREFACE, get()],
  ['3.4 an acknowledgement instead of SETTINGS', 'GOAWAY PROTOCOL_ERROR', PREFACE, frame(FRAME.settings, ack, 0)],
]

const ROWS: readonly Row[] = [
  ['4.2 a frame of more than 16384 bytes', 'GOAWAY FRAME_SIZE_ERROR', post(), data(1, 'x'.repeat(16_385))],
  ['4.2 HEADERS of more than 16384 bytes', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.headers, 5, 1, Buffer.alloc(16_385))],
  [
    '4.3 a header block that does not decode',
    'GOAWAY COMPRESSION_ERROR',
    frame(FRAME.headers, 5, 1, Buffer.from([0x80])),
  ],
  [
    '4.3 another type within a block',
    'GOAWAY PROTOCOL_ERROR',
    frame(FRAME.headers, 1, 1, block),
    frame(FRAME.ping, 0, 0, '12345678'),
  ],
  ['4.3 an unknown type within a block', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.headers, 1, 1, block), frame(0xfa, 0, 0)],
  [
    '4.3 another stream within a block',
    'GOAWAY PROTOCOL_ERROR',
    frame(FRAME.headers, 1, 1, block),
    frame(FRAME.continuation, 4, 3),
  ],
  ['5.1 idle: DATA', 'GOAWAY PROTOCOL_ERROR', data(1, 'x')],
  ['5.1 idle: RST_STREAM', 'GOAWAY PROTOCOL_ERROR', rst(1)],
  ['5.1 idle: WINDOW_UPDATE', 'GOAWAY PROTOCOL_ERROR', update(1, 100)],
  ['5.1 idle: CONTINUATION', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.continuation, 4, 1, block)],
  ['5.1 half-closed: DATA', 'RST_STREAM 1 STREAM_CLOSED', get(), data(1, 'x')],
  ['5.1 half-closed: HEADERS', 'RST_STREAM 1 STREAM_CLOSED', get(), get()],
  ['5.1 closed by RST_STREAM: DATA', 'RST_STREAM 1 STREAM_CLOSED', post(), rst(1), data(1, 'x')],
  ['5.1 closed by RST_STREAM: HEADERS', 'GOAWAY STREAM_CLOSED', post(), rst(1), get()],
  ['5.1.1 an even number', 'GOAWAY PROTOCOL_ERROR', get(2)],
  ['5.1.1 a number below the last', 'GOAWAY PROTOCOL_ERROR', get(5), get(3)],
  [
    '5.3 HEADERS that depend on themselves',
    'RST_STREAM 1 PROTOCOL_ERROR',
    frame(FRAME.headers, 5 | priority, 1, Buffer.concat([uint32(1), Buffer.from([1]), block])),
  ],
  ['5.3 PRIORITY that depends on itself', 'RST_STREAM 1 PROTOCOL_ERROR', get(), prio(1, 1)],
  ['6.1 DATA on stream 0', 'GOAWAY PROTOCOL_ERROR', data(0, 'x')],
  ['6.1 padding as long as the payload', 'GOAWAY PROTOCOL_ERROR', post(), frame(FRAME.data, padded, 1, '\x06hello')],
  ['6.1 padded DATA without a length', 'GOAWAY FRAME_SIZE_ERROR', post(), frame(FRAME.data, padded, 1)],
  ['6.2 HEADERS on stream 0', 'GOAWAY PROTOCOL_ERROR', headers(0, GET)],
  [
    '6.2 padding longer than the block',
    'GOAWAY PROTOCOL_ERROR',
    frame(FRAME.headers, 5 | padded, 1, Buffer.concat([Buffer.from([255]), block])),
  ],
  ['6.2 priority cut short', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.headers, 5 | priority, 1, '\0\0\0')],
  ['6.3 PRIORITY on stream 0', 'GOAWAY PROTOCOL_ERROR', prio(0, 1)],
  ['6.3 PRIORITY of four bytes', 'RST_STREAM 1 FRAME_SIZE_ERROR', post(), frame(FRAME.priority, 0, 1, uint32(0))],
  ['6.4 RST_STREAM on stream 0', 'GOAWAY PROTOCOL_ERROR', rst(0)],
  ['6.4 RST_STREAM of three bytes', 'GOAWAY FRAME_SIZE_ERROR', post(), frame(FRAME.rstStream, 0, 1, '\0\0\0')],
  ['6.5 SETTINGS on a stream', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.settings, 0, 1)],
  ['6.5 SETTINGS of three bytes', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.settings, 0, 0, '\0\0\0')],
  ['6.5 an acknowledgement with a payload', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.settings, ack, 0, setting(3, 1))],
  ['6.5.2 ENABLE_PUSH of 2', 'GOAWAY PROTOCOL_ERROR', settings(setting(2, 2))],
  ['6.5.2 INITIAL_WINDOW_SIZE of 2^31', 'GOAWAY FLOW_CONTROL_ERROR', settings(setting(4, 0x80000000))],
  ['6.5.2 MAX_FRAME_SIZE of 16383', 'GOAWAY PROTOCOL_ERROR', settings(setting(5, 16_383))],
  ['6.5.2 MAX_FRAME_SIZE of 2^24', 'GOAWAY PROTOCOL_ERROR', settings(setting(5, 0x1000000))],
  ['RFC 8441 3 ENABLE_CONNECT_PROTOCOL of 2', 'GOAWAY PROTOCOL_ERROR', settings(setting(8, 2))],
  ['RFC 8441 3 ENABLE_CONNECT_PROTOCOL taken back', 'GOAWAY PROTOCOL_ERROR', settings(setting(8, 1), setting(8, 0))],
  ['RFC 9218 2.1 NO_RFC7540_PRIORITIES of 2', 'GOAWAY PROTOCOL_ERROR', settings(setting(9, 2))],
  [
    '6.6 PUSH_PROMISE by a client',
    'GOAWAY PROTOCOL_ERROR',
    get(),
    frame(FRAME.pushPromise, 4, 1, Buffer.concat([uint32(2), block])),
  ],
  ['6.7 PING on a stream', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.ping, 0, 1, '12345678')],
  ['6.7 PING of six bytes', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.ping, 0, 0, '123456')],
  ['6.8 GOAWAY on a stream', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.goaway, 0, 1, uint32(0, 0))],
  ['6.8 GOAWAY cut short', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.goaway, 0, 0, uint32(0))],
  ['6.9 an increment of 0 on a stream', 'RST_STREAM 1 PROTOCOL_ERROR', post(), update(1, 0)],
  ['6.9 an increment of 0 on the connection', 'GOAWAY PROTOCOL_ERROR', update(0, 0)],
  ['6.9 WINDOW_UPDATE of three bytes', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.windowUpdate, 0, 0, '\0\0\0')],
  ['6.9.1 a stream window above 2^31-1', 'RST_STREAM 1 FLOW_CONTROL_ERROR', post(), update(1, 0x7fffffff)],
  ['6.9.1 a connection window above 2^31-1', 'GOAWAY FLOW_CONTROL_ERROR', update(0, 0x7fffffff)],
  [
    '6.9.2 a setting that lifts a stream window above 2^31-1',
    'GOAWAY FLOW_CONTROL_ERROR',
    post(),
    update(1, 0x7fffffff - 65_535),
    settings(setting(4, 65_536)),
  ],
  ['6.10 CONTINUATION without HEADERS', 'GOAWAY PROTOCOL_ERROR', get(), frame(FRAME.continuation, 4, 1, block)],
  ['6.10 CONTINUATION behind END_HEADERS', 'GOAWAY PROTOCOL_ERROR', post(), frame(FRAME.continuation, 4, 1, block)],
  ['6.10 CONTINUATION on stream 0', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.continuation, 4, 0, block)],
  [
    '8.1 trailers without END_STREAM',
    'RST_STREAM 1 PROTOCOL_ERROR',
    post(),
    data(1, 'x', 0),
    headers(1, [['x-t', '1']], 0),
  ],
  ['8.1 a pseudo-field in trailers', 'RST_STREAM 1 PROTOCOL_ERROR', post(), headers(1, [[':path', '/']])],
  [
    '8.1.1 a body longer than its length',
    'RST_STREAM 1 PROTOCOL_ERROR',
    headers(1, [...POST, ['content-length', '1']], 0),
    data(1, 'xy'),
  ],
  [
    '8.1.1 a body shorter than its length',
    'RST_STREAM 1 PROTOCOL_ERROR',
    headers(1, [...POST, ['content-length', '3']], 0),
    data(1, 'xy'),
  ],
  [
    '8.1.1 a body shorter than its length, with trailers',
    'RST_STREAM 1 PROTOCOL_ERROR',
    headers(1, [...POST, ['content-length', '3']], 0),
    headers(1, [['x-t', '1']]),
  ],
  [
    'RFC 9218 7.1 PRIORITY_UPDATE on a stream',
    'GOAWAY PROTOCOL_ERROR',
    frame(FRAME.priorityUpdate, 0, 1, Buffer.concat([uint32(1), Buffer.from('u=1')])),
  ],
  ['RFC 9218 7.1 PRIORITY_UPDATE for stream 0', 'GOAWAY PROTOCOL_ERROR', frame(FRAME.priorityUpdate, 0, 0, uint32(0))],
  ['RFC 9218 7.1 PRIORITY_UPDATE cut short', 'GOAWAY FRAME_SIZE_ERROR', frame(FRAME.priorityUpdate, 0, 0, '\0')],
]

const run = (hello: readonly Buffer[], [what, ending, ...sent]: Row): void => {
  test(what, () => {
    const whole = new ServerRig()
    assert.deepEqual(endings(whole.send(...hello, ...sent)), [ending])
    const bytewise = new ServerRig()
    const answered = [...Buffer.concat([...hello, ...sent])].flatMap((byte) => bytewise.send(Buffer.from([byte])))
    assert.deepEqual(endings(answered), [ending], 'byte by byte')
    assert.deepEqual(bytewise.violations, whole.violations)
    const over = ending.startsWith('GOAWAY')
    assert.equal(whole.connection.lifetime.isOver, over)
    assert.deepEqual(endings(whole.send(get(101))), [], 'after it')
    assert.equal(
      whole.records.some(({ stream }) => stream!.id === 101),
      !over,
    )
  })
}
for (const row of PREFACES) run([], row)
for (const row of ROWS) run([HELLO], row)

/** Heads that are malformed (sections 8.2 and 8.3): a stream error each, and no request. */
const without = (name: string): Pairs => GET.filter(([field]) => field !== name)
const withValue = (name: string, value: string): Pairs => GET.map((pair) => (pair[0] === name ? [name, value] : pair))
const MALFORMED: Readonly<{ [what: string]: Pairs }> = {
  '8.2.1 an upper-case name': [...GET, ['X-A', '1']],
  '8.2.1 an empty name': [...GET, ['', '1']],
  '8.2.1 a space in a name': [...GET, ['x a', '1']],
  '8.2.1 a colon in a name': [...GET, ['x:a', '1']],
  '8.2.1 a control in a name': [...GET, ['x\ra', '1']],
  '8.2.1 a byte above ASCII in a name': [...GET, ['x\xe9', '1']],
  '8.2.1 CR LF in a value': [...GET, ['x-a', 'b\r\nx-injected: 1']],
  '8.2.1 LF in a value': [...GET, ['x-a', 'b\nc']],
  '8.2.1 NUL in a value': [...GET, ['x-a', 'b\0c']],
  '8.2.1 a space before a value': [...GET, ['x-a', ' b']],
  '8.2.1 a tab behind a value': [...GET, ['x-a', 'b\t']],
  '8.2.2 connection': [...GET, ['connection', 'close']],
  '8.2.2 keep-alive': [...GET, ['keep-alive', '1']],
  '8.2.2 proxy-connection': [...GET, ['proxy-connection', 'x']],
  '8.2.2 transfer-encoding': [...GET, ['transfer-encoding', 'chunked']],
  '8.2.2 upgrade': [...GET, ['upgrade', 'h2c']],
  '8.2.2 te other than trailers': [...GET, ['te', 'trailers, deflate']],
  '8.3 a late pseudo-field': [['x-a', '1'], ...GET],
  '8.3 an unknown pseudo-field': [...GET, [':other', '1']],
  '8.3 a pseudo-field of responses': [...GET, [':status', '200']],
  '8.3 :method twice': [[':method', 'GET'], ...GET],
  '8.3 :path twice': [[':path', '/'], ...GET],
  '8.3 :authority twice': [[':authority', 'a.test'], ...GET],
  '8.3.1 no :method': without(':method'),
  '8.3.1 no :scheme': without(':scheme'),
  '8.3.1 no :path': without(':path'),
  '8.3.1 neither :authority nor host': without(':authority'),
  '8.3.1 an empty :path': withValue(':path', ''),
  '8.3.1 a relative :path': withValue(':path', 'a'),
  '8.3.1 an absolute :path': withValue(':path', 'http://b.test/'),
  '8.3.1 an asterisk without OPTIONS': withValue(':path', '*'),
  '8.3.1 a space in :path': withValue(':path', '/a b'),
  '8.3.1 a fragment in :path': withValue(':path', '/a#b'),
  '8.3.1 a request line in :path': withValue(':path', '/ HTTP/1.1\r\nHost: b'),
  '8.3.1 a space in :method': withValue(':method', 'GET /smuggled'),
  '8.3.1 an empty :method': withValue(':method', ''),
  '8.3.1 junk in :scheme': withValue(':scheme', 'http://b.test/?'),
  '8.3.1 an empty :authority': withValue(':authority', ''),
  '8.3.1 user information': withValue(':authority', 'u@a.test'),
  '8.3.1 a space in :authority': withValue(':authority', 'a.test b'),
  '8.3.1 CR LF in :authority': withValue(':authority', 'a.test\r\nx: y'),
  '8.3.1 host and :authority that differ': [...GET, ['host', 'b.test']],
  '8.3.1 host twice': [...without(':authority'), ['host', 'a.test'], ['host', 'a.test']],
  '8.5 CONNECT with a path': withValue(':method', 'CONNECT'),
  'RFC 8441 4 :protocol without CONNECT': [...GET, [':protocol', 'websocket']],
  '8.1.1 content-length with a sign': [...GET, ['content-length', '+0']],
  '8.1.1 content-length with a zero before it': [...GET, ['content-length', '00']],
  '8.1.1 content-length twice': [...GET, ['content-length', '0'], ['content-length', '0']],
  '8.1.1 content-length beyond counting': [...GET, ['content-length', '9999999999999999']],
  '8.1.1 content-length without a body': [...GET, ['content-length', '5']],
}
for (const [what, pairs] of Object.entries(MALFORMED)) {
  test(what, () => {
    const rig = new ServerRig().hello()
    assert.deepEqual(endings(rig.send(headers(1, pairs))), ['RST_STREAM 1 PROTOCOL_ERROR'])
    assert.equal(rig.records.length, 0)
    assert.equal(
      rig.details.every((detail) => detail !== ''),
      true,
      'says why',
    )
    assert.deepEqual(endings(rig.send(get(3))), [])
    assert.equal(rig.records.length, 1)
  })
}

test('all bytes of a frame head are judged before its payload: no wait for what is never sent', () => {
  const rig = new ServerRig().hello()
  assert.deepEqual(endings(rig.send(frame(FRAME.ping, 0, 1, '12345678').subarray(0, 9))), ['GOAWAY PROTOCOL_ERROR'])
})
