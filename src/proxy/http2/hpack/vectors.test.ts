/** The examples of RFC 7541 appendix C, in full, against the decoder; each group shares one table. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FieldSink, HpackDecoder } from './decoder.ts'
import type { Field } from './field.ts'

interface Step {
  readonly hex: string
  readonly fields: readonly string[]
  /** Bytes in the table afterwards, as the RFC gives them. */
  readonly size: number
}

class Lines implements FieldSink {
  readonly lines: string[] = []
  readonly never: string[] = []
  add({ line, nameLength }: Field, never: boolean): boolean {
    assert.ok(line.endsWith('\r\n'))
    this.lines.push(line.slice(0, -2))
    if (never) this.never.push(line.slice(0, nameLength))
    return true
  }
}

const REQUEST_1 = [':method: GET', ':scheme: http', ':path: /', ':authority: www.example.com']
const REQUEST_2 = [...REQUEST_1, 'cache-control: no-cache']
const REQUEST_3 = [
  ...[':method: GET', ':scheme: https', ':path: /index.html', ':authority: www.example.com'],
  'custom-key: custom-value',
]
const rest = (date: string): string[] => [
  'cache-control: private',
  `date: Mon, 21 Oct 2013 20:13:${date} GMT`,
  'location: https://www.example.com',
]
const RESPONSE_1 = [':status: 302', ...rest('21')]
const RESPONSE_2 = [':status: 307', ...rest('21')]
const RESPONSE_3 = [
  ...[':status: 200', 'cache-control: private', 'date: Mon, 21 Oct 2013 20:13:22 GMT'],
  'location: https://www.example.com',
  'content-encoding: gzip',
  'set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1',
]

const GROUPS: Readonly<Record<string, readonly Step[]>> = {
  'C.2.1 literal with indexing': [
    { hex: '400a637573746f6d2d6b65790d637573746f6d2d686561646572', fields: ['custom-key: custom-header'], size: 55 },
  ],
  'C.2.2 literal without indexing': [{ hex: '040c2f73616d706c652f70617468', fields: [':path: /sample/path'], size: 0 }],
  'C.2.3 literal never indexed': [{ hex: '100870617373776f726406736563726574', fields: ['password: secret'], size: 0 }],
  'C.2.4 indexed': [{ hex: '82', fields: [':method: GET'], size: 0 }],
  'C.3 requests without Huffman': [
    { hex: '828684410f7777772e6578616d706c652e636f6d', fields: REQUEST_1, size: 57 },
    { hex: '828684be58086e6f2d6361636865', fields: REQUEST_2, size: 110 },
    { hex: '828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', fields: REQUEST_3, size: 164 },
  ],
  'C.4 requests with Huffman': [
    { hex: '828684418cf1e3c2e5f23a6ba0ab90f4ff', fields: REQUEST_1, size: 57 },
    { hex: '828684be5886a8eb10649cbf', fields: REQUEST_2, size: 110 },
    { hex: '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', fields: REQUEST_3, size: 164 },
  ],
  'C.5 responses without Huffman, table of 256 bytes': [
    {
      hex: `3fe101${'4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e17'}${'68747470733a2f2f7777772e6578616d706c652e636f6d'}`,
      fields: RESPONSE_1,
      size: 222,
    },
    { hex: '4803333037c1c0bf', fields: RESPONSE_2, size: 222 },
    {
      hex: `${'88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48'}${'514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31'}`,
      fields: RESPONSE_3,
      size: 215,
    },
  ],
  'C.6 responses with Huffman, table of 256 bytes': [
    {
      hex: '3fe101488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
      fields: RESPONSE_1,
      size: 222,
    },
    { hex: '4883640effc1c0bf', fields: RESPONSE_2, size: 222 },
    {
      hex: `${'88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960'}${'d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007'}`,
      fields: RESPONSE_3,
      size: 215,
    },
  ],
}

for (const [name, steps] of Object.entries(GROUPS)) {
  test(`RFC 7541 ${name}`, () => {
    const decoder = new HpackDecoder()
    for (const { hex, fields, size } of steps) {
      const bytes = Buffer.from(hex, 'hex')
      const sink = new Lines()
      assert.equal(decoder.decode(bytes, 0, bytes.length, sink), true)
      assert.deepEqual(sink.lines, fields)
      assert.equal(decoder.size, size)
    }
  })
}

test('never indexed is told to whoever takes the field', () => {
  const bytes = Buffer.from(GROUPS['C.2.3 literal never indexed']![0]!.hex, 'hex')
  const sink = new Lines()
  new HpackDecoder().decode(bytes, 0, bytes.length, sink)
  assert.deepEqual(sink.never, ['password'])
})
