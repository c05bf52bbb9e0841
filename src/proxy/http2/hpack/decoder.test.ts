import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HpackDecoder } from './decoder.ts'

function linesOf(decoder: HpackDecoder, hex: string): string[] | undefined {
  const lines: string[] = []
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
  const whole = decoder.decode(bytes, 0, bytes.length, { add: ({ line }) => lines.push(line.slice(0, -2)) > 0 })
  return whole ? lines : undefined
}

/** RFC 7541 by section: what a decoder has to refuse. */
const REFUSED: Readonly<Record<string, string>> = {
  '6.1 index 0': '80',
  '2.3.3 an index behind both tables': 'be',
  '2.3.3 a far index': 'ff8080808001',
  '2.3.3 the name of a literal behind both tables': '7e 0161',
  '5.1 an integer that does not end': 'ff80',
  '5.1 an integer without end': 'ff80808080808080808080808080808001',
  '5.1 an integer beyond all reason': 'ffffffffff0f',
  '5.2 a string longer than the block': '4003616263 7f',
  '5.2 a name without a value': '400161',
  '5.2 no string at all': '40',
  '5.2 Huffman padding of zeros': '4001 61 81 18',
  '5.2 Huffman padding of eight bits': '400161 82 1fff',
  '5.2 end of string spelled out': '400161 84 ffffffff',
  '4.2 a size above the one agreed on': '3fe21f',
  '4.2 a size update behind a field': '82 20',
  '4.2 three size updates': '20 20 20 82',
}
for (const [name, hex] of Object.entries(REFUSED)) {
  test(`refused: ${name}`, () => assert.equal(linesOf(new HpackDecoder(), hex), undefined))
}

test('taken: two size updates before the first field, and an empty block', () => {
  assert.deepEqual(linesOf(new HpackDecoder(), '20 3fe11f 82'), [':method: GET'])
  assert.deepEqual(linesOf(new HpackDecoder(), ''), [])
})

test('a size of zero empties the table; entries stay out until it grows', () => {
  const decoder = new HpackDecoder()
  assert.deepEqual(linesOf(decoder, '40 0161 0162'), ['a: b'])
  assert.equal(decoder.size, 34)
  assert.deepEqual(linesOf(decoder, '20 40 0161 0162'), ['a: b'])
  assert.equal(decoder.size, 0)
  assert.equal(linesOf(decoder, 'be'), undefined)
  const shrunk = new HpackDecoder()
  linesOf(shrunk, '40 0161 0162')
  assert.equal(linesOf(shrunk, '20 be'), undefined)
})

test('an entry larger than the table empties it and is no error (section 4.4)', () => {
  const decoder = new HpackDecoder()
  linesOf(decoder, '40 0161 0162')
  // The integer says 4224 bytes of value.
  assert.ok(linesOf(decoder, `40 0161 7f8120${'62'.repeat(4224)}`) !== undefined)
  assert.equal(decoder.size, 0)
})

test('a name from the entry that is pushed out by its own field is still read (section 4.4)', () => {
  const decoder = new HpackDecoder()
  linesOf(decoder, `40 0161 7fd11e${'63'.repeat(0xf51 + 127)}`)
  assert.equal(decoder.size, 32 + 1 + 0xf51 + 127)
  assert.deepEqual(linesOf(decoder, '7e 0164'), ['a: d'])
  assert.equal(decoder.size, 34)
})

test('the table is bounded, and the newest entries stay', () => {
  const decoder = new HpackDecoder()
  for (let i = 0; i < 1000; i++) linesOf(decoder, `40 0161 02${Buffer.from(String((i % 90) + 10)).toString('hex')}`)
  assert.ok(decoder.size <= 4096 && decoder.size > 4096 - 35, String(decoder.size))
  assert.deepEqual(linesOf(decoder, 'be bf'), ['a: 19', 'a: 18'])
})
