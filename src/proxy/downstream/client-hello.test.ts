import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { type HelloReading, MAX_HELLO_BYTES, NO_OFFERS, readClientHello } from './client-hello.ts'

const u16 = (n: number) => Buffer.of(n >> 8, n & 0xff)
const block = (...parts: Buffer[]) => Buffer.concat([u16(Buffer.concat(parts).length), ...parts])
const extension = (type: number, content: Buffer) => Buffer.concat([u16(type), block(content)])
const serverName = (name: string, kind = 0) => extension(0, block(Buffer.of(kind), block(Buffer.from(name, 'latin1'))))

/** The handshake message with these extensions; without any where there are none. */
function hello(...extensions: Buffer[]): Buffer {
  const fixed = [u16(0x0303), Buffer.alloc(32, 7), Buffer.of(0), block(u16(0x1301)), Buffer.of(1, 0)]
  const body = Buffer.concat([...fixed, ...(extensions.length === 0 ? [] : [block(...extensions)])])
  return Buffer.concat([Buffer.of(1, 0), u16(body.length), body])
}

/** In records of at most so many bytes. */
function records(message: Buffer, size = 2 ** 14): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < message.length; at += size) {
    parts.push(Buffer.of(22, 3, 1), block(message.subarray(at, at + size)))
  }
  return Buffer.concat(parts)
}

const WHOLE = hello(extension(10, u16(0)), serverName('A.test'), extension(35, Buffer.alloc(64, 'k')))
const nameIn = (reading: HelloReading) =>
  typeof reading === 'object' && 'serverName' in reading ? reading.serverName : reading

for (const size of [1, 2, 3, 4, 5, 50, 2 ** 14]) {
  test(`a hello in records of ${size} bytes is read, and asks for more until all of it is there`, () => {
    const bytes = records(WHOLE, size)
    assert.equal(nameIn(readClientHello(bytes)), 'A.test')
    for (let have = 0; have < bytes.length; have++) {
      const reading = readClientHello(bytes.subarray(0, have))
      assert.ok(typeof reading === 'object' && 'needs' in reading, `${have} bytes were enough`)
      assert.ok(reading.needs > have && reading.needs <= bytes.length)
    }
  })
}

for (const { what, bytes, name = '' } of [
  { what: 'without extensions', bytes: hello() },
  { what: 'with an empty list of them', bytes: hello(Buffer.alloc(0)) },
  { what: 'with an empty ticket', bytes: hello(serverName('a'), extension(35, Buffer.alloc(0))), name: 'a' },
]) {
  test(`a hello ${what} is one`, () => {
    assert.equal(nameIn(readClientHello(records(bytes))), name)
  })
}

test('what a client can do is known', () => {
  const [x25519, p256] = [u16(0x1d), u16(0x17)]
  const [ecdsa, pss, pkcs1] = [u16(0x0403), u16(0x0804), u16(0x0401)]
  const lists = [
    extension(10, block(x25519, p256)),
    extension(13, block(ecdsa, pss)),
    extension(43, Buffer.concat([Buffer.of(4), u16(0x0304), u16(0x0303)])),
    extension(50, block(pkcs1)),
  ]
  assert.deepEqual(readClientHello(records(hello(...lists))), {
    serverName: '',
    offers: {
      ciphers: u16(0x1301),
      groups: Buffer.concat([x25519, p256]),
      signatures: Buffer.concat([ecdsa, pss]),
      versions: Buffer.concat([u16(0x0304), u16(0x0303)]),
      certificateSignatures: pkcs1,
    },
  })
  const malformed = hello(
    extension(13, Buffer.concat([u16(9), ecdsa])),
    extension(10, Buffer.of(0)),
    extension(43, u16(0x0304)),
  )
  assert.deepEqual(readClientHello(records(malformed)), {
    serverName: '',
    offers: { ...NO_OFFERS, ciphers: u16(0x1301) },
  })
})

const broken = (change: (bytes: Buffer) => void, bytes = records(WHOLE)) => {
  change(bytes)
  return bytes
}

for (const { what, bytes } of [
  { what: 'HTTP', bytes: Buffer.from('GET / HTTP/1.1\r\n') },
  { what: 'an alert', bytes: broken((bytes) => bytes.writeUInt8(21, 0)) },
  { what: 'SSL 2', bytes: Buffer.of(0x80, 0x2e, 1, 0, 2) },
  { what: 'a record of version 2', bytes: broken((bytes) => bytes.writeUInt8(2, 1)) },
  { what: 'an empty record', bytes: Buffer.of(22, 3, 1, 0, 0) },
  { what: 'a record that is too long', bytes: Buffer.of(22, 3, 1, 0x40, 1) },
  { what: 'another message', bytes: broken((bytes) => bytes.writeUInt8(2, 5)) },
  { what: 'a hello with bytes behind it', bytes: records(Buffer.concat([WHOLE, Buffer.of(0)])) },
  { what: 'two names', bytes: records(hello(serverName('a'), serverName('b'))) },
  { what: 'a name of another kind', bytes: records(hello(serverName('a', 1))) },
  { what: 'an empty name', bytes: records(hello(serverName(''))) },
  { what: 'bytes behind the name', bytes: records(hello(extension(0, Buffer.concat([block(), Buffer.of(0)])))) },
  { what: 'an extension that is cut', bytes: records(hello(Buffer.of(0, 0, 0, 9, 1))) },
]) {
  test(`${what} is no hello`, () => assert.equal(readClientHello(bytes), 'unreadable'))
}

for (const { what, bytes } of [
  { what: 'more than anybody sends', bytes: records(hello(extension(21, Buffer.alloc(MAX_HELLO_BYTES)))) },
  { what: 'a message that says it is endless', bytes: records(Buffer.of(1, 255, 255, 255)) },
  { what: 'records without an end', bytes: records(Buffer.concat([Buffer.of(1, 0, 63, 0), Buffer.alloc(5000)]), 1) },
]) {
  test(`${what} is too long`, () => assert.equal(readClientHello(bytes), 'too-long'))
}

test('whatever comes, there is an answer, and it asks for no more than the most there can be', () => {
  const random = seededRandom(6066)
  for (let round = 0; round < 20_000; round++) {
    const bytes = records(WHOLE, 1 + Math.floor(random() * 200))
    for (let n = Math.floor(random() * 4); n >= 0; n--) bytes[Math.floor(random() * bytes.length)] = random() * 256
    const reading = readClientHello(bytes.subarray(0, Math.floor(random() * (bytes.length + 1))))
    if (typeof reading === 'object' && 'needs' in reading) assert.ok(reading.needs <= MAX_HELLO_BYTES)
  }
})
