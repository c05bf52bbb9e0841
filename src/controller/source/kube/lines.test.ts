import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import { TooLarge } from './errors.ts'
import { Lines } from './lines.ts'

const read = (lines: Lines, text: string | Buffer) => [...lines.push(Buffer.from(text as string))]

test('lines are the same however they are cut', () => {
  const bytes = Buffer.from('{"a":"ä"}\n\n{"b":2}\r\n{"c":"€"}\n')
  for (let size = 1; size <= bytes.length; size++) {
    const lines = new Lines(100)
    const found: string[] = []
    for (let at = 0; at < bytes.length; at += size) found.push(...lines.push(bytes.subarray(at, at + size)))
    assert.deepEqual(found, ['{"a":"ä"}', '{"b":2}', '{"c":"€"}'])
  }
})

test('half a line is no line', () => {
  assert.deepEqual(read(new Lines(100), 'a\nb'), ['a'])
})

test('a line may have just as many bytes as are allowed', () => {
  const lines = new Lines(4)
  assert.deepEqual(read(lines, 'abcd\n'), ['abcd'])
  assert.deepEqual(read(lines, 'ab'), [])
  assert.throws(() => read(lines, 'cde'), TooLarge)
})

test('the lines before one that is too long are given', () => {
  const found: string[] = []
  assert.throws(() => {
    for (const line of new Lines(3).push(Buffer.from('ab\nabcdef\n'))) found.push(line)
  }, TooLarge)
  assert.deepEqual(found, ['ab'])
})
