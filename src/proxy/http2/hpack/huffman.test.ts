import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../lib/random.ts'
import { huffmanDecode, huffmanEncode, huffmanLength } from './huffman.ts'
import { CODE_BITS, CODES } from './huffman-code.ts'

test('codes as in RFC 7541 appendix B, first and last of the lengths', () => {
  const rows: readonly (readonly [symbol: number, code: number, bits: number])[] = [
    [0x30, 0x0, 5],
    [0x20, 0x14, 6],
    [0x3a, 0x5c, 7],
    [0x26, 0xf8, 8],
    [0x21, 0x3f8, 10],
    [0x7c, 0x7fc, 11],
    [0x24, 0x1ff9, 13],
    [0x5c, 0x7fff0, 19],
    [0x01, 0x7fffd8, 23],
    [0x02, 0xfffffe2, 28],
    [0x0a, 0x3ffffffc, 30],
    [256, 0x3fffffff, 30],
  ]
  for (const [symbol, code, bits] of rows) {
    assert.deepEqual([CODES[symbol], CODE_BITS[symbol]], [code, bits], `symbol ${symbol}`)
  }
})

test('the code is complete: lengths fill the tree exactly', () => {
  assert.equal(
    [...CODE_BITS].reduce((sum, bits) => sum + 2 ** (30 - bits), 0),
    2 ** 30,
  )
})

function roundTrip(text: string): string {
  const coded = Buffer.alloc(huffmanLength(text))
  assert.equal(huffmanEncode(text, coded, 0), coded.length)
  const out = Buffer.alloc(text.length + 8)
  const end = huffmanDecode(coded, 0, coded.length, out, 0)
  return out.toString('latin1', 0, end)
}

test('what is encoded decodes to the same: every byte by itself and in every company', () => {
  const all = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i))
  for (const char of all) assert.equal(roundTrip(char), char)
  for (const char of all) assert.equal(roundTrip(`${char}a${char}${char}~`), `${char}a${char}${char}~`)
  assert.equal(roundTrip(all), all)
})

test('random texts and cuts, seed 1', () => {
  const random = seededRandom(1)
  for (let n = 0; n < 2000; n++) {
    const length = Math.floor(random() * 40)
    const text = Array.from({ length }, () =>
      String.fromCharCode(Math.floor(random() * (n % 2 === 0 ? 256 : 128))),
    ).join('')
    assert.equal(roundTrip(text), text)
  }
})
