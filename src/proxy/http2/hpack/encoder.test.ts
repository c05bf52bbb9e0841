import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../lib/random.ts'
import type { HeaderList } from '../../headers.ts'
import { scanFields } from '../../http1/fields.ts'
import { headText } from '../../http1/head-text.ts'
import { WriteBuffer } from '../write-buffer.ts'
import { HpackDecoder } from './decoder.ts'
import { HpackEncoder } from './encoder.ts'
import type { Field } from './field.ts'

const listOf = (...lines: readonly string[]): HeaderList => {
  const fields = scanFields(headText(`${lines.join('\r\n')}\r\n`), 0, 1000)
  assert.ok(typeof fields !== 'string')
  return fields
}

/** An encoder, the decoder of the other side, and what passed between them. */
class Pair {
  readonly out = new WriteBuffer()
  readonly encoder = new HpackEncoder(this.out)
  readonly decoder = new HpackDecoder()
  hex = ''
  never: string[] = []

  send(list: HeaderList, sensitive?: readonly string[]): string[] {
    this.encoder.begin()
    this.encoder.fields(list, sensitive)
    return this.receive()
  }

  receive(): string[] {
    const lines: string[] = []
    this.never = []
    this.hex = this.out.view().toString('hex')
    const add = ({ line, nameLength }: Field, never: boolean): boolean => {
      lines.push(line.slice(0, -2))
      if (never) this.never.push(line.slice(0, nameLength))
      return true
    }
    assert.ok(this.decoder.decode(this.out.bytes, 0, this.out.length, { add }), this.hex)
    this.out.written(true)
    return lines
  }
}

test('names leave in lower case, values trimmed; what speaks of the connection stays behind', () => {
  const list = listOf(
    ...['Content-Type:  text/html\t', 'Connection: close', 'Keep-Alive: x', 'Transfer-Encoding: chunked'],
    ...['Proxy-Connection: x', 'Upgrade: h2c', 'Host: h', 'X-Empty:', 'TE: gzip'],
  )
  assert.deepEqual(new Pair().send(list), ['content-type: text/html', 'x-empty: '])
})

test('te may say trailers, and nothing else', () => {
  assert.deepEqual(new Pair().send(listOf('TE: trailers')), ['te: trailers'])
})

test('what the static table has is one byte, whatever its letter case', () => {
  const pair = new Pair()
  assert.deepEqual(pair.send(listOf('Accept-Encoding: gzip, deflate')), ['accept-encoding: gzip, deflate'])
  assert.equal(pair.hex, '90')
  for (const [name, value] of [
    [':status', '404'],
    [':method', 'POST'],
    [':path', '/'],
  ] as const) {
    pair.encoder.pseudo(name, value)
    assert.deepEqual(pair.receive(), [`${name}: ${value}`])
    assert.equal(pair.hex.length, 2)
  }
})

test('a line is indexed when it comes for the second time, and one byte from then on', () => {
  const pair = new Pair()
  const list = listOf('X-Served-By: cache-7')
  const lines = ['x-served-by: cache-7']
  assert.deepEqual(pair.send(list), lines)
  assert.equal(pair.decoder.size, 0)
  assert.deepEqual(pair.send(list), lines)
  assert.ok(pair.decoder.size > 0)
  assert.deepEqual(pair.send(list), lines)
  assert.equal(pair.hex, 'be')
})

test('secrets are never indexed, nor what came in as such', () => {
  const pair = new Pair()
  const list = listOf('Authorization: Basic eA==', 'Set-Cookie: a=b', 'Cookie: c', 'X-Token: t', 'X-Other: o')
  for (let n = 0; n < 3; n++) {
    pair.send(list, ['x-token'])
    assert.deepEqual(pair.never, ['authorization', 'set-cookie', 'cookie', 'x-token'])
  }
})

test('a smaller table is announced by its smallest and its last size', () => {
  const pair = new Pair()
  const list = listOf('X-A: b')
  for (let n = 0; n < 3; n++) pair.send(list)
  pair.encoder.resize(0)
  pair.encoder.resize(100_000)
  assert.deepEqual(pair.send(list), ['x-a: b'])
  assert.match(pair.hex, /^203fe11f/)
  pair.encoder.resize(60)
  assert.deepEqual(pair.send(list), ['x-a: b'])
  assert.match(pair.hex, /^3f1d/)
  assert.deepEqual(pair.send(list), ['x-a: b'])
})

test('what one connection was told by an index, another is told in full first', () => {
  const [one, other] = [new Pair(), new Pair()]
  const list = listOf('X-Served-By: cache-8', 'X-Region: north')
  const lines = ['x-served-by: cache-8', 'x-region: north']
  for (let n = 0; n < 4; n++) assert.deepEqual(one.send(list), lines)
  assert.equal(one.hex.length, 4)
  assert.deepEqual(other.send(list), lines)
  assert.match(other.hex, /^00.*00/)
  assert.equal(other.decoder.size, 0)
  for (let n = 0; n < 3; n++) assert.deepEqual(other.send(list), lines)
  assert.equal(other.hex.length, 4)
})

test('connections that share known lines say what they mean, however tables and lines come and go, seed 2', () => {
  const random = seededRandom(2)
  const below = (n: number): number => Math.floor(random() * n)
  const pairs = Array.from({ length: 5 }, () => new Pair())
  // More lines than there are places for, of the same length and with the same last letters.
  const line = (): string => `x-${String.fromCharCode(97 + below(26))}: ${100 + below(400)}`
  for (let n = 0; n < 4000; n++) {
    const pair = pairs[below(pairs.length)]!
    if (below(200) === 0) pair.encoder.resize(below(4096))
    const lines = Array.from({ length: below(6) }, line)
    assert.deepEqual(pair.send(listOf(...lines, 'x-last: 1')), [...lines, 'x-last: 1'])
  }
})

test('both tables stay the same through thousands of random heads, seed 1', () => {
  const random = seededRandom(1)
  const pair = new Pair()
  const below = (n: number): number => Math.floor(random() * n)
  for (let n = 0; n < 3000; n++) {
    const lines = Array.from({ length: below(8) }, () => `X-${below(9)}: ${'v'.repeat(below(300))}${below(4)}`)
    if (n % 97 === 0) pair.encoder.resize(below(5000))
    assert.deepEqual(
      pair.send(listOf(...lines, 'X-Last: 1')),
      [...lines, 'X-Last: 1'].map((line) => line.replace(/^X-/, 'x-').replace('Last', 'last')),
    )
  }
})
