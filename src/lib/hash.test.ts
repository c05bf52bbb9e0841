import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashText } from './hash.ts'

test('neighbouring texts spread evenly over a small table', () => {
  const buckets = new Array<number>(16).fill(0)
  for (let i = 0; i < 16_000; i++) buckets[hashText(`10.0.${i >> 8}.${i & 255}:8080`) % 16]!++
  for (const count of buckets) assert.ok(count > 880 && count < 1120, `${buckets}`)
})

test('a seed continues a hash: the pieces and their order count', () => {
  assert.notEqual(hashText('b', hashText('a')), hashText('a', hashText('b')))
  assert.notEqual(hashText('', hashText('a')), hashText('a'))
})

test('the result is an unsigned number of 32 bits', () => {
  for (let i = 0; i < 1000; i++) {
    const hash = hashText(`x${i}`)
    assert.ok(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32)
  }
})
