import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FIELD_COUNT, FIELD_IDS, fieldId, fieldIdAt, fieldName, markFields } from './field-names.ts'

const KNOWN = Object.entries(FIELD_IDS).filter(([name]) => name !== 'other' && name !== 'underscored')

/** The scanner's way of finding a number. */
const scan = (name: string): number => fieldIdAt(Buffer.from(`xx${name}:`, 'latin1'), 2, 2 + name.length)

test('every known name is found in any letter case, by look-up and by scan', () => {
  for (const [name, id] of KNOWN) {
    for (const spelling of [name, name.toUpperCase(), name[0]!.toUpperCase() + name.slice(1)]) {
      assert.equal(fieldId(spelling), id, spelling)
      assert.equal(scan(spelling), id, spelling)
    }
    assert.equal(fieldName(id), name)
  }
})

test('names that only resemble a known one are others', () => {
  for (const [name] of KNOWN) {
    const near = [`${name}x`, `x${name}`, name.slice(1), name.slice(0, -1), name.replace('-', '~')].filter(
      (other) => other !== '' && !KNOWN.some(([known]) => known === other),
    )
    for (const other of near) {
      assert.equal(fieldId(other), 0, other)
      assert.equal(scan(other), 0, other)
    }
    // Letters differ from other symbols by the bit that tells upper from lower case.
    const disguised = name.replace(/[a-z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) ^ 0x60))
    assert.equal(scan(disguised), 0, disguised)
  }
})

test('look-up and scan agree on names of every length', () => {
  for (let length = 1; length < 40; length++) assert.equal(scan('q'.repeat(length)), 0)
})

test('a name with an underscore is underscored, whatever it resembles', () => {
  for (const name of ['X_Real_IP', 'content_length', '_', 'host_']) assert.equal(fieldId(name), FIELD_IDS.underscored)
})

test('fields that decide about framing, routing and trust have a bit in `seen`', () => {
  const deciding = [
    ...([
      'host',
      'connection',
      'content-length',
      'transfer-encoding',
      'te',
      'upgrade',
      'expect',
      'underscored',
    ] as const),
    ...([
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-real-ip',
      'forwarded',
      'x-request-id',
    ] as const),
  ]
  for (const name of deciding) assert.ok(FIELD_IDS[name] < 32, name)
})

test('a table marks the named fields and nothing else', () => {
  const table = markFields('host', 'vary')
  assert.equal(table.length, FIELD_COUNT)
  const marked = [...table.keys()].filter((id) => table[id] === 1)
  assert.deepEqual(marked, [FIELD_IDS.host, FIELD_IDS.vary])
})
