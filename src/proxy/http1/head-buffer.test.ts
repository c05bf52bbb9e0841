import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HeadBuffer } from './head-buffer.ts'

const HEAD = 'GET /a HTTP/1.1\r\nHost: h\r\nX-A: \xe9\r\n'
const MOST = 64

interface Taken {
  readonly head: string | undefined
  readonly fault: string | undefined
  /** Offset behind the head in all of the input. */
  readonly next: number
}

/** Feeds the text in pieces that end at the given offsets, and stops at the first verdict. */
function take(text: string, cuts: readonly number[], options: { most?: number; emptyLine?: boolean } = {}): Taken {
  const buffer = new HeadBuffer(options.most ?? MOST, options.emptyLine ?? true)
  let start = 0
  for (const end of [...cuts, text.length]) {
    // A piece lies somewhere in a larger chunk, as it does in a read buffer.
    const chunk = Buffer.from(`..${text.slice(start, end)}??`, 'latin1')
    const found = buffer.take(chunk, 2, chunk.length - 2)
    if (found !== undefined) {
      return { head: found.text.slice(0, found.length), fault: undefined, next: start + buffer.next - 2 }
    }
    if (buffer.fault !== undefined) return { head: undefined, fault: buffer.fault, next: start }
    start = end
  }
  return { head: undefined, fault: undefined, next: start }
}

/** Once whole, once cut at every single place, once byte by byte. */
function everyCut(text: string): readonly (readonly number[])[] {
  const places = Array.from({ length: text.length - 1 }, (_, i) => i + 1)
  return [[], ...places.map((place) => [place]), places]
}

describe('a head is found wherever it is cut, and what follows is left alone', () => {
  const texts = [`${HEAD}\r\n`, `${HEAD}\r\nbody`, `\r\n${HEAD}\r\n`, `\r\n${HEAD}\r\n\r\n`]
  for (const text of texts) {
    test(JSON.stringify(text), () => {
      const next = text.indexOf('\r\n\r\n') + 4
      for (const cuts of everyCut(text))
        assert.deepEqual(take(text, cuts), { head: HEAD, fault: undefined, next }, `${cuts}`)
    })
  }
})

test('a head of exactly the limit is taken, one of a byte more is not, however they are cut', () => {
  const text = `${HEAD}\r\n`
  const length = text.length - 4
  for (const cuts of everyCut(text)) {
    assert.equal(take(text, cuts, { most: length }).head, HEAD, `${cuts}`)
    assert.equal(take(text, cuts, { most: length - 1 }).fault, 'header-too-large', `${cuts}`)
  }
})

test('a head is found behind the first look', () => {
  const long = `GET / HTTP/1.1\r\nX: ${'v'.repeat(10_000)}\r\n`
  assert.deepEqual(take(`${long}\r\nbody`, [], { most: 20_000 }), {
    head: long,
    fault: undefined,
    next: long.length + 2,
  })
})

const REFUSED: readonly (readonly [text: string, fault: string])[] = [
  ['GET / HTTP/1.1\n', 'bad-request-line'],
  ['GET / HTTP/1.1\rX', 'bad-request-line'],
  [' GET', 'bad-request-line'],
  ['\nGET', 'bad-request-line'],
  ['\r\n\r\nGET', 'bad-request-line'],
  ['\x16\x03\x01', 'bad-request-line'],
  ['GET / HTTP/1.1\r\nA: b\nC: d', 'bad-field'],
  ['GET / HTTP/1.1\r\nA: b\rC', 'bad-field'],
  ['GET / HTTP/1.1\r\nA: b\r\n folded', 'bad-field'],
  ['G'.repeat(MOST + 4), 'request-line-too-long'],
  [`GET /\r\n${'a'.repeat(MOST)}`, 'header-too-large'],
]
for (const [text, fault] of REFUSED) {
  test(`what no further byte can mend is refused at once: ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.equal(take(text, []).fault, fault)
    assert.equal(take(text, everyCut(text).at(-1)!).fault, fault)
  })
}

test('the verdict does not depend on what the memory held before', (t) => {
  const allocUnsafe = (size: number): Buffer => Buffer.alloc(size, '\n')
  t.mock.method(Buffer, 'allocUnsafe', allocUnsafe)
  const text = 'G'.repeat(MOST + 4)
  assert.equal(take(text, everyCut(text).at(-1)!).fault, 'request-line-too-long')
})

test('an empty line is passed over before a request, and only one', () => {
  assert.equal(take(`\r\n${HEAD}\r\n`, []).head, HEAD)
  assert.equal(take(`\r\n${HEAD}\r\n`, [], { emptyLine: false }).fault, undefined)
  assert.equal(take('\r\n', [1], { emptyLine: false }).fault, 'bad-request-line')
})

test('one buffer takes head after head', () => {
  const buffer = new HeadBuffer(MOST, true)
  const chunk = Buffer.from(`${HEAD}\r\n\r\n${HEAD}\r\n${HEAD.slice(0, 5)}`, 'latin1')
  const heads: string[] = []
  let at = 0
  for (let head = buffer.take(chunk, at, chunk.length); head !== undefined; ) {
    heads.push(head.text.slice(0, head.length))
    at = buffer.next
    head = buffer.take(chunk, at, chunk.length)
  }
  assert.deepEqual(heads, [HEAD, HEAD])
  assert.ok(buffer.started)
})
