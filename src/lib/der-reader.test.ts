import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explicit, integer, octetString, sequence } from './der.ts'
import { DerReader, explicitTag, TAGS } from './der-reader.ts'

const NUMBER = integer(Buffer.of(7))

test('what was written is read, in order, and its end is known', () => {
  const long = Buffer.alloc(70_000, 'x')
  const reader = new DerReader(sequence(NUMBER, octetString(long), explicit(0, NUMBER))).inside(TAGS.sequence)
  assert.deepEqual(reader.value(TAGS.integer).whole, NUMBER)
  assert.deepEqual(reader.value(TAGS.octetString).content, long)
  assert.equal(reader.optional(explicitTag(1)), undefined)
  assert.deepEqual(reader.optional(explicitTag(0))?.content, NUMBER)
  assert.equal(reader.atEnd, true)
  reader.end()
})

for (const { what, bytes, error } of [
  { what: 'nothing', bytes: Buffer.alloc(0), error: /cut off/ },
  { what: 'a tag alone', bytes: Buffer.of(2), error: /cut off/ },
  { what: 'less than its length says', bytes: NUMBER.subarray(0, 2), error: /cut off/ },
  { what: 'a length that is cut', bytes: Buffer.of(2, 0x82, 1), error: /cut off/ },
  { what: 'a length without an end', bytes: Buffer.of(2, 0x80, 0, 0), error: /out of bounds/ },
  { what: 'a length beyond all bounds', bytes: Buffer.of(2, 0x84, 1, 0, 0, 0), error: /out of bounds/ },
  { what: 'another tag', bytes: octetString(NUMBER), error: /expected tag 2, not 4/ },
]) {
  test(`${what} is no number`, () => assert.throws(() => new DerReader(bytes).value(TAGS.integer), error))
}

test('more than expected is noticed', () => {
  const reader = new DerReader(Buffer.concat([NUMBER, NUMBER]))
  reader.value(TAGS.integer)
  assert.throws(() => reader.end(), /more than expected/)
})
