import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyReader } from './body.ts'
import { CHUNKED, UNTIL_CLOSE } from './framing.ts'

const LIMITS = { headerBytes: 100, headerFields: 4 }

/** Reads pieces one after the other. @returns what came out and how many bytes of each piece were used. */
function read(reader: BodyReader, pieces: readonly string[], clear = true) {
  let content = ''
  let ends = 0
  const sink = {
    data: (buffer: Buffer, start: number, end: number): boolean => {
      content += buffer.toString('latin1', start, end)
      return clear
    },
    end: (): void => {
      ends++
    },
  }
  const used = pieces.map((piece) => reader.read(Buffer.from(piece, 'latin1'), 0, piece.length, sink))
  return { content, ends, used }
}

test('a length takes that many bytes and leaves the rest', () => {
  const reader = new BodyReader(5, LIMITS)
  assert.deepEqual(read(reader, ['he', '', 'lloGET']), { content: 'hello', ends: 1, used: [2, 0, 3] })
  assert.equal(reader.done, true)
})

test('nothing is to be read of a body of length 0', () => assert.equal(new BodyReader(0, LIMITS).done, true))

test('chunks are decoded to their end', () => {
  const reader = new BodyReader(CHUNKED, LIMITS)
  assert.deepEqual(read(reader, ['2\r\nhe', '\r\n0\r\n\r\nGET']), { content: 'he', ends: 1, used: [5, 7] })
  assert.equal(reader.done, true)
})

test('a broken chunk is a fault', () => {
  const reader = new BodyReader(CHUNKED, LIMITS)
  assert.deepEqual(read(reader, ['x']), { content: '', ends: 0, used: [-1] })
  assert.deepEqual([reader.fault, reader.done], ['bad-chunk', false])
})

test('only a body without a length may end with its connection', () => {
  const reader = new BodyReader(UNTIL_CLOSE, LIMITS)
  assert.deepEqual(read(reader, ['any', 'thing']), { content: 'anything', ends: 0, used: [3, 5] })
  assert.deepEqual([reader.done, reader.endsWithConnection], [false, true])
  for (const length of [0, 5, CHUNKED]) assert.equal(new BodyReader(length, LIMITS).endsWithConnection, false)
})

test('a sink that refuses more is told apart from one that takes more, read by read', () => {
  const reader = new BodyReader(3, LIMITS)
  read(reader, ['a'], false)
  assert.equal(reader.paused, true)
  read(reader, ['b'])
  assert.equal(reader.paused, false)
})

test('a reader that starts anew remembers nothing', () => {
  const reader = new BodyReader(CHUNKED, LIMITS)
  read(reader, ['x'], false)
  reader.reset(2, LIMITS)
  assert.equal(reader.fault, undefined)
  assert.deepEqual(read(reader, ['0\r\n']), { content: '0\r', ends: 1, used: [2] })
})
