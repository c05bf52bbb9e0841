import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { readProxyHeader } from './proxy-protocol.ts'

const u16 = (n: number) => Buffer.of(n >> 8, n & 0xff)
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const version2 = (command: number, family: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([SIGNATURE, Buffer.of(command, family), u16(body.length), body])
}
const tlv = (type: number, content: Buffer) => Buffer.concat([Buffer.of(type), u16(content.length), content])
const IPV4 = Buffer.concat([Buffer.of(192, 0, 2, 1, 10, 0, 0, 1), u16(5000), u16(443)])
const IPV6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.alloc(16),
  u16(5000),
  u16(80),
])
const read = (header: string | Buffer) => readProxyHeader(Buffer.from(header as string, 'latin1'))
const CLIENT = { source: '192.0.2.1', sourcePort: 5000, destinationPort: 443, encrypted: false }

/** A header of version 2 with a checksum (CRC32c), by the book: bit by bit over the polynomial, highest bit first. */
function sealed(header: Buffer, at: number): Buffer {
  const reflect = (value: number, bits: number) => {
    let out = 0
    for (let i = 0; i < bits; i++) if ((value >>> i) & 1) out |= 1 << (bits - 1 - i)
    return out >>> 0
  }
  let crc = 0xffffffff
  for (const byte of header) {
    crc = (crc ^ (reflect(byte, 8) << 24)) >>> 0
    for (let i = 0; i < 8; i++) crc = (crc & 0x80000000 ? (crc << 1) ^ 0x1edc6f41 : crc << 1) >>> 0
  }
  header.writeUInt32BE((reflect(crc, 32) ^ 0xffffffff) >>> 0, at)
  return header
}

for (const { what, header, found } of [
  { what: 'an IPv4 client', header: 'PROXY TCP4 192.0.2.1 10.0.0.1 5000 443\r\n', found: CLIENT },
  {
    what: 'an IPv6 client',
    header: 'PROXY TCP6 2001:DB8::1 ::1 0 65535\r\n',
    found: { source: '2001:db8::1', sourcePort: 0, destinationPort: 65_535, encrypted: false },
  },
  { what: 'nobody in particular', header: 'PROXY UNKNOWN\r\n', found: 'own' },
  { what: 'nobody in particular, with addresses', header: 'PROXY UNKNOWN ffff:: ffff:: 1 2\r\n', found: 'own' },
  { what: 'an IPv4 client in version 2', header: version2(0x21, 0x11, IPV4), found: CLIENT },
  {
    what: 'an IPv6 client in version 2',
    header: version2(0x21, 0x21, IPV6),
    found: { source: '2001:db8::1', sourcePort: 5000, destinationPort: 80, encrypted: false },
  },
  { what: 'the load balancer itself', header: version2(0x20, 0x00), found: 'own' },
  { what: 'the load balancer itself, with something', header: version2(0x20, 0x11, Buffer.of(1)), found: 'own' },
  { what: 'a family that is not told', header: version2(0x21, 0x00, tlv(4, Buffer.alloc(3))), found: 'own' },
  { what: 'a path', header: version2(0x21, 0x31, Buffer.alloc(216)), found: 'own' },
  {
    what: 'something more',
    header: version2(0x21, 0x11, IPV4, tlv(0xea, Buffer.alloc(90)), tlv(4, Buffer.alloc(0))),
    found: CLIENT,
  },
  {
    what: 'a client that speaks TLS',
    header: version2(0x21, 0x11, IPV4, tlv(0x20, Buffer.of(1, 0, 0, 0, 1))),
    found: { ...CLIENT, encrypted: true },
  },
  { what: 'a client that does not', header: version2(0x21, 0x11, IPV4, tlv(0x20, Buffer.alloc(5))), found: CLIENT },
  { what: 'a checksum', header: sealed(version2(0x21, 0x11, IPV4, tlv(3, Buffer.alloc(4))), 31), found: CLIENT },
] as const) {
  test(`a header that tells of ${what} is read, however it comes, and nothing behind it`, () => {
    const bytes = Buffer.from(header as string, 'latin1')
    for (const more of ['', 'GET / HTTP/1.1\r\n\r\n']) {
      assert.deepEqual(read(Buffer.concat([bytes, Buffer.from(more)])), { found, used: bytes.length })
    }
    for (let have = 1; have < bytes.length; have++) {
      const judged = readProxyHeader(bytes.subarray(0, have))
      assert.ok('needs' in judged && judged.needs > have && judged.needs <= bytes.length, `after ${have} bytes`)
    }
  })
}

for (const header of [
  'PROXY TCP4 192.0.2.1 10.0.0.1 5000\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 5000 443 \r\n',
  'PROXY  TCP4 192.0.2.1 10.0.0.1 5000 443\r\n',
  'PROXY TCP4 192.0.2.01 10.0.0.1 5000 443\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 05000 443\r\n',
  'PROXY TCP4 192.0.2.1 10.0.0.1 5000 65536\r\n',
  'PROXY TCP4 2001:db8::1 ::1 5000 443\r\n',
  'PROXY TCP6 fe80::1%eth0 ::1 5000 443\r\n',
  'PROXY UDP4 192.0.2.1 10.0.0.1 5000 443\r\n',
  `PROXY UNKNOWN ${'x'.repeat(100)}\r\n`,
  `PROXY TCP4 ${'1'.repeat(1000)}`,
  version2(0x11, 0x11, IPV4),
  version2(0x22, 0x11, IPV4),
  version2(0x21, 0x41, IPV4),
  version2(0x21, 0x13, IPV4),
  version2(0x21, 0x11, IPV4.subarray(1)),
  version2(0x21, 0x11, IPV4, Buffer.of(4)),
  version2(0x21, 0x11, IPV4, Buffer.of(4, 0, 9, 1)),
  version2(0x21, 0x11, IPV4, tlv(0x20, Buffer.of(1))),
  version2(0x21, 0x11, IPV4, tlv(3, Buffer.alloc(4))),
  version2(0x21, 0x11, IPV4, tlv(3, Buffer.alloc(3))),
  version2(0x21, 0x11, IPV4, tlv(4, Buffer.alloc(5000))),
]) {
  test(`${JSON.stringify(header.toString('latin1').slice(0, 60))} is malformed`, () => {
    assert.deepEqual(read(header), { found: 'malformed', used: 0 })
  })
}

for (const bytes of ['GET / HTTP/1.1\r\n', 'PROXX', 'POST', '\r\n\r\nGET', '\x16\x03\x01']) {
  test(`${JSON.stringify(bytes)} is no header`, () => assert.deepEqual(read(bytes), { found: 'none', used: 0 }))
}

test('whatever comes, there is an answer, and it asks for no more than the most there can be', () => {
  const random = seededRandom(107)
  const samples = [
    Buffer.from('PROXY TCP4 192.0.2.1 10.0.0.1 5000 443\r\n'),
    version2(0x21, 0x21, IPV6, tlv(4, Buffer.alloc(40))),
  ]
  for (let round = 0; round < 20_000; round++) {
    const bytes = Buffer.from(samples[round % 2]!)
    for (let n = Math.floor(random() * 3); n >= 0; n--) bytes[Math.floor(random() * bytes.length)] = random() * 256
    const judged = readProxyHeader(bytes.subarray(0, 1 + Math.floor(random() * bytes.length)))
    if ('needs' in judged) assert.ok(judged.needs <= 4096)
    else assert.ok(judged.used <= bytes.length)
  }
})
