import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HeaderList } from '../headers.ts'
import { ChunkedDecoder } from './chunked.ts'

const LIMITS = { headerBytes: 40, headerFields: 2 }

interface Decoded {
  readonly content: string
  /** Field lines of the trailers; `cut` before the end was seen. */
  readonly trailers: string
  readonly fault: string | undefined
  /** Offset behind the body. */
  readonly next: number
}

/** Feeds the text in pieces that end at the given offsets. */
function decode(text: string, cuts: readonly number[], refuse = false): Decoded {
  const decoder = new ChunkedDecoder(LIMITS)
  let content = ''
  let trailers = 'cut'
  const sink = {
    data: (buffer: Buffer, start: number, end: number): boolean => {
      assert.ok(end > start, 'an empty run')
      content += buffer.toString('latin1', start, end)
      return !refuse
    },
    end: (list: HeaderList | undefined): void => {
      trailers = list?.lines() ?? ''
    },
  }
  let start = 0
  for (const end of [...cuts, text.length]) {
    const chunk = Buffer.from(`..${text.slice(start, end)}??`, 'latin1')
    const next = decoder.read(chunk, 2, chunk.length - 2, sink)
    if (next < 0) return { content, trailers, fault: decoder.fault, next }
    if (decoder.done) return { content, trailers, fault: undefined, next: start + next - 2 }
    assert.equal(next, chunk.length - 2, 'stops before the end of the piece')
    start = end
  }
  return { content, trailers, fault: undefined, next: start }
}

function everyCut(text: string): readonly (readonly number[])[] {
  const places = Array.from({ length: text.length - 1 }, (_, i) => i + 1)
  return [[], ...places.map((place) => [place]), places]
}

const BODIES: readonly (readonly [text: string, content: string, trailers: string])[] = [
  ['0\r\n\r\n', '', ''],
  ['5\r\nhello\r\n0\r\n\r\n', 'hello', ''],
  ['1\r\na\r\nA\r\n0123456789\r\n00\r\n\r\n', 'a0123456789', ''],
  ['2\r\n\r\n\r\n0\r\n\r\n', '\r\n', ''],
  ['2;a;b=c ; d = "e;\\"f"\r\nxy\r\n0;z\r\n\r\n', 'xy', ''],
  ['1\t;a="\xe9"\r\n\0\r\n0\r\n\r\n', '\0', ''],
  ['0\r\nX-T: 1\r\nY:\r\n\r\n', '', 'X-T: 1\r\nY:\r\n'],
  [`${'0'.repeat(63)}1\r\na\r\n0\r\n\r\n`, 'a', ''],
]
describe('a body is the same however it is cut, and what follows is left alone', () => {
  for (const [text, content, trailers] of BODIES) {
    test(JSON.stringify(text), () => {
      const followed = `${text}GET /`
      for (const cuts of everyCut(followed)) {
        assert.deepEqual(decode(followed, cuts), { content, trailers, fault: undefined, next: text.length }, `${cuts}`)
      }
    })
  }
})

const BROKEN = [
  ...[
    '\r\n',
    'g\r\n',
    '-1\r\n',
    '+1\r\n',
    '0x1\r\n',
    ' 1\r\n',
    '1 \r\n',
    '1\n',
    '1\rx',
    '1;\r\n',
    '1;;a\r\n',
    '1;a=\r\n',
  ],
  ...['1;a="\r\n', '1;a="\x01"\r\n', '1;a\nb\r\n', '1\x0b;a\r\n', '1 a\r\n', '1,a\r\n', `1;${'e'.repeat(1024)}\r\n`],
  ...[
    '1\r\nab',
    '1\r\na\n',
    '1\r\na\rb',
    '1\r\na0\r\n\r\n',
    '0\r\n\n',
    '0\r\n x: y\r\n\r\n',
    '0\r\nx y\r\n\r\n',
    '0\r\n: y\r\n\r\n',
  ],
  ...[
    '0\r\nx : y\r\n\r\n',
    '0\r\nx: \0\r\n\r\n',
    '0\r\nx: y\n',
    '0\r\nx: y\rz',
    'f'.repeat(13),
    '1000000000001\r\n',
    '0'.repeat(65),
  ],
]
describe('a body that is broken is refused however it is cut', () => {
  for (const text of BROKEN) {
    test(JSON.stringify(text.slice(0, 30)), () => {
      for (const cuts of everyCut(text)) assert.equal(decode(text, cuts).fault, 'bad-chunk', `${cuts}`)
    })
  }
})

test('trailers are bounded in bytes and in number', () => {
  const fits = `0\r\nA: ${'v'.repeat(33)}\r\n\r\n`
  assert.equal(decode(fits, []).trailers, `A: ${'v'.repeat(33)}\r\n`)
  assert.equal(decode(fits.replace('A', 'AA'), []).fault, 'header-too-large')
  assert.equal(decode('0\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n', []).fault, 'header-too-large')
})

test('extensions are bounded for the whole message', () => {
  const chunk = `1;${'e'.repeat(999)}\r\na\r\n`
  assert.equal(decode(chunk.repeat(16), []).fault, undefined)
  assert.equal(decode(chunk.repeat(17), []).fault, 'bad-chunk')
})

test('a sink that refuses more still gets what was read, and the refusal is known', () => {
  const decoder = new ChunkedDecoder(LIMITS)
  const bytes = Buffer.from('1\r\na\r\n1\r\nb\r\n')
  decoder.read(bytes, 0, bytes.length, { data: () => false, end: () => {} })
  assert.equal(decoder.paused, true)
  assert.equal(decode('1\r\na\r\n1\r\nb\r\n0\r\n\r\n', [], true).content, 'ab')
})
