/**
 * Heads of HTTP/2 that an HTTP/1.1 endpoint would take for something else: each one ends its stream, and no byte of any
 * of them is sent on (RFC 9113 sections 8.2 and 8.3).
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FLAG, FRAME } from '../../src/proxy/http2/frames.ts'
import { framesOf, GET, HELLO, headers, type Pairs, settings } from '../http2/raw.ts'
import { eventually, ok, startWorld } from './harness.ts'

const PROTOCOL_ERROR = 1
/** An honest request with some of its pseudo-fields replaced; `undefined` leaves one out. */
const but = (changed: Readonly<Record<string, string | undefined>>): Pairs =>
  GET.flatMap(([name, value]) => {
    const other = name in changed ? changed[name] : value
    return other === undefined ? [] : [[name, other] as const]
  })
const and = (name: string, value: string): Pairs => [...but({ ':method': 'POST' }), [name, value]]
const before = (name: string, value: string): Pairs => [[name, value], ...GET]

const HEADS: Readonly<Record<string, Pairs>> = {
  'a line in a value': and('x-a', 'b\r\nx-injected: 1'),
  'half a line in a value': and('x-a', 'b\nx-injected: 1'),
  'a CR in a value': and('x-a', 'b\rc'),
  'a NUL in a value': and('x-a', 'b\0c'),
  'a blank before a value': and('x-a', ' b'),
  'a tab behind a value': and('x-a', 'b\t'),
  'a line in a name': and('x-a: 1\r\nx-b', 'c'),
  'a colon in a name': and('x:a', 'b'),
  'a blank in a name': and('transfer-encoding ', 'chunked'),
  'a NUL in a name': and('x\0a', 'b'),
  'a byte above ASCII in a name': and('x\x80a', 'b'),
  'a capital in a name': and('X-a', 'b'),
  'no name': and('', 'b'),
  connection: and('connection', 'close'),
  'connection of another field': [...and('connection', 'x-a'), ['x-a', 'b']],
  'keep-alive': and('keep-alive', 'timeout=5'),
  'proxy-connection': and('proxy-connection', 'keep-alive'),
  upgrade: and('upgrade', 'websocket'),
  'transfer-encoding': and('transfer-encoding', 'chunked'),
  'te of a coding': and('te', 'gzip'),
  'te of trailers and a coding': and('te', 'trailers, gzip'),
  'a length twice': [...and('content-length', '0'), ['content-length', '0']],
  'a list of lengths': and('content-length', '0, 0'),
  'a length with a sign': and('content-length', '+0'),
  'a length below nothing': and('content-length', '-1'),
  'a length in hexadecimal': and('content-length', '0x0'),
  'an empty length': and('content-length', ''),
  'a length beyond all numbers': and('content-length', '18446744073709551616'),
  'a length without a body': and('content-length', '5'),
  'no method': but({ ':method': undefined }),
  'an empty method': but({ ':method': '' }),
  'a request line in the method': but({ ':method': 'GET /admin HTTP/1.1\r\nx: y' }),
  'a blank in the method': but({ ':method': 'GET /admin' }),
  'no path': but({ ':path': undefined }),
  'an empty path': but({ ':path': '' }),
  'a path without its slash': but({ ':path': 'admin' }),
  'a star for GET': but({ ':path': '*' }),
  'an absolute path': but({ ':path': 'http://b.test/' }),
  'a request in the path': but({ ':path': '/ HTTP/1.1\r\nHost: b.test\r\n\r\nGET /admin' }),
  'a blank in the path': but({ ':path': '/a b' }),
  'a fragment in the path': but({ ':path': '/a#b' }),
  'a DEL in the path': but({ ':path': '/\x7f' }),
  'no scheme': but({ ':scheme': undefined }),
  'a line in the scheme': but({ ':scheme': 'http\r\nx: y' }),
  'a URL in the scheme': but({ ':scheme': 'http://b.test/?' }),
  'no authority': but({ ':authority': undefined }),
  'an empty authority': but({ ':authority': '' }),
  'a line in the authority': but({ ':authority': 'a.test\r\nx-injected: 1' }),
  'a user in the authority': but({ ':authority': 'b.test@a.test' }),
  'a path in the authority': but({ ':authority': 'a.test/admin' }),
  'another host': and('host', 'b.test'),
  'two hosts': [...but({ ':authority': undefined }), ['host', 'a.test'], ['host', 'a.test']],
  'a method twice': before(':method', 'POST'),
  'a path twice': before(':path', '/admin'),
  'an authority twice': before(':authority', 'b.test'),
  'a pseudo-field of answers': before(':status', '200'),
  'a pseudo-field that nobody knows': before(':length', '5'),
  'a pseudo-field behind others': [['x-a', 'b'], ...GET],
  'a protocol without CONNECT': before(':protocol', 'websocket'),
}

test(`${Object.keys(HEADS).length} heads end their streams, and an honest one beside them is served`, async (t) => {
  const { proxy, backend, client } = await startWorld(t)
  backend.answer = () => ok('fine')
  client.send(HELLO.toString('latin1'), settings().toString('latin1'))
  const heads = Object.entries(HEADS)
  for (const [n, [, pairs]] of heads.entries()) client.send(headers(2 * n + 1, pairs).toString('latin1'))
  const last = 2 * heads.length + 1
  client.send(headers(last, GET).toString('latin1'))
  const frames = () => framesOf(whole(Buffer.from(client.text, 'latin1')))
  await eventually('the last answer', () =>
    frames().some(({ type, stream, flags }) => type === FRAME.data && stream === last && flags & FLAG.endStream),
  )
  const codes = new Map(
    frames().flatMap(({ type, stream, payload }) =>
      type === FRAME.rstStream ? [[stream, payload.readUInt32BE()] as const] : [],
    ),
  )
  for (const [n, [name]] of heads.entries()) assert.equal(codes.get(2 * n + 1), PROTOCOL_ERROR, name)
  assert.equal(backend.connections.length, 1)
  await eventually('the log', () => proxy.log.some(({ status }) => status === 200))
  assert.equal(proxy.log.filter(({ endpoint }) => endpoint !== undefined).length, 1)
})

/** Without the frame that is not complete yet. */
function whole(bytes: Buffer): Buffer {
  let at = 0
  while (at + 9 <= bytes.length && at + 9 + bytes.readUIntBE(at, 3) <= bytes.length) at += 9 + bytes.readUIntBE(at, 3)
  return bytes.subarray(0, at)
}
