/** HPACK both ways, and frames: `node bench/micro/http2.ts`. Tables are warm, as on a connection that lives. */
import type { HeaderList } from '../../src/proxy/headers.ts'
import { scanFields } from '../../src/proxy/http1/fields.ts'
import { headText } from '../../src/proxy/http1/head-text.ts'
import { FieldBlock } from '../../src/proxy/http2/field-block.ts'
import { FLAG, FRAME, writeFrameHead } from '../../src/proxy/http2/frames.ts'
import { requestHead } from '../../src/proxy/http2/heads.ts'
import { HpackDecoder } from '../../src/proxy/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../src/proxy/http2/hpack/encoder.ts'
import { huffmanDecode, huffmanEncode, huffmanLength } from '../../src/proxy/http2/hpack/huffman.ts'
import { DEFAULT_CONNECTION } from '../../src/proxy/http2/limits.ts'
import { PREFACE } from '../../src/proxy/http2/preface.ts'
import { ServerConnection } from '../../src/proxy/http2/server.ts'
import type { StreamSink } from '../../src/proxy/http2/stream.ts'
import { WriteBuffer } from '../../src/proxy/http2/write-buffer.ts'
import { report } from './measure.ts'

type Pairs = readonly (readonly [name: string, value: string])[]

const LOAD_TOOL: Pairs = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'shop.example.test'],
  [':path', '/67'],
]
const BROWSER: Pairs = [
  ...LOAD_TOOL.slice(0, 3),
  [':path', '/catalogue/lamps?page=2&sort=price'],
  [
    'user-agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  ],
  ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['accept-language', 'en-GB,en;q=0.7,de;q=0.3'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['referer', 'https://shop.example.test/catalogue'],
  ['x-session', 'session=0af7651916cd43dd8448eb211c80319c; theme=dark; consent=1'],
  ['upgrade-insecure-requests', '1'],
  ['sec-fetch-dest', 'document'],
  ['sec-fetch-mode', 'navigate'],
  ['sec-fetch-site', 'same-origin'],
  ['priority', 'u=0, i'],
  ['if-none-match', '"5d8c72a5edda8"'],
]
const RESPONSE = [
  ...[
    'Server: app',
    'Date: Sat, 21 Nov 2026 18:00:00 GMT',
    'Content-Type: text/html; charset=utf-8',
    'Content-Length: 67',
  ],
  ...['Cache-Control: private, max-age=0', 'Vary: Accept-Encoding', 'X-Frame-Options: DENY', 'ETag: "5d8c72a5edda8"'],
]

/** A list of pseudo-fields and fields as a browser's encoder would send it: indexed where it can be. */
function encode(encoder: HpackEncoder, out: WriteBuffer, pairs: Pairs): Buffer {
  out.written(true)
  for (const [name, value] of pairs) encoder.pseudo(name, value, name === ':path')
  return Buffer.from(out.view())
}

for (const [name, pairs] of Object.entries({ 'load tool, 4 fields': LOAD_TOOL, 'browser, 16 fields': BROWSER })) {
  const out = new WriteBuffer()
  const encoder = new HpackEncoder(out)
  const decoder = new HpackDecoder()
  const { head } = DEFAULT_CONNECTION.limits
  const decode = (block: Buffer): FieldBlock => {
    const fields = new FieldBlock().begin(head)
    if (!decoder.decode(block, 0, block.length, fields)) throw new Error('refused')
    return fields
  }
  for (let n = 0; n < 2; n++) decode(encode(encoder, out, pairs))
  const warm = encode(encoder, out, pairs)
  report(`hpack decode, ${name}, ${warm.length} B`, () => {
    const request = requestHead(decode(warm), true)
    return typeof request === 'string' ? request : request.fields.lines()
  })
  report(`hpack encode, ${name}`, () => encode(encoder, out, pairs).length)
}

const answer = scanFields(headText(`${RESPONSE.join('\r\n')}\r\n`), 0, 100) as HeaderList
{
  const out = new WriteBuffer()
  const encoder = new HpackEncoder(out)
  report('hpack encode, response, 8 fields', () => {
    out.written(true)
    encoder.pseudo(':status', '200')
    encoder.fields(answer, undefined)
    return out.length
  })
  report('the same as HTTP/1.1 lines', () => {
    out.written(true)
    const lines = `HTTP/1.1 200 OK\r\n${answer.lines()}\r\n`
    out.length += out.bytes.write(lines, 0, 'latin1')
    return out.length
  })
}

const text = BROWSER[4]![1]
const coded = Buffer.alloc(huffmanLength(text))
const scratch = Buffer.alloc(4096)
report(`huffman encode, ${text.length} B`, () => huffmanEncode(text, coded, 0))
report(`huffman decode, ${coded.length} B`, () => huffmanDecode(coded, 0, coded.length, scratch, 0))

/** A whole turn: requests in, answers with a small body out, as one buffer each way. */
for (const streams of [1, 8, 32]) {
  const body = Buffer.alloc(67, 0x62)
  const sink: StreamSink = { data: () => {}, end: () => {}, writable: () => {}, reset: () => {} }
  const connection = new ServerConnection(
    { ...DEFAULT_CONNECTION, limits: { ...DEFAULT_CONNECTION.limits, control: { burst: 1e12, perSecond: 1 } } },
    {
      request: (stream) => {
        connection.respond(stream, 200, { fields: answer, sensitive: undefined }, false)
        connection.write(stream, body, 0, body.length, true)
        return sink
      },
      violated: (violation, detail) => {
        throw new Error(`${violation} ${detail}`)
      },
    },
    0,
  )
  const out = new WriteBuffer()
  const encoder = new HpackEncoder(out)
  const hello = Buffer.concat([PREFACE, Buffer.from('000000040000000000', 'hex')])
  connection.receive(hello, 0, hello.length, 0)
  let id = 1
  const turn = (): number => {
    const input = new WriteBuffer()
    // The windows that the last turn took are given back.
    writeFrameHead(input, 4, { type: FRAME.windowUpdate, flags: 0, stream: 0 })
    input.uint32(67 * streams)
    for (let n = 0; n < streams; n++, id += 2) {
      const block = encode(encoder, out, BROWSER)
      writeFrameHead(input, block.length, { type: FRAME.headers, flags: FLAG.endHeaders | FLAG.endStream, stream: id })
      input.copy(block, 0, block.length)
    }
    connection.receive(input.bytes, 0, input.length, 0)
    const { length } = connection.output()
    connection.written(true)
    return length
  }
  report(`${streams} requests of a browser and their answers`, turn)
}
