import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { closeToClient, closeToServer } from './close-frame.ts'

test('a client reads 1001, not masked', () => {
  assert.equal(Buffer.from(closeToClient(), 'latin1').toString('hex'), '880203e9')
})

test('a server reads 1001 behind a mask, a new one each time', () => {
  const random = seededRandom(1)
  const keys = new Set<string>()
  for (let i = 0; i < 50; i++) {
    const bytes = Buffer.from(closeToServer(random), 'latin1')
    assert.deepEqual([bytes.length, bytes[0], bytes[1]], [8, 0x88, 0x82])
    const key = bytes.subarray(2, 6)
    keys.add(key.toString('hex'))
    assert.equal(((bytes[6]! ^ key[0]!) << 8) | (bytes[7]! ^ key[1]!), 1001)
  }
  assert.equal(keys.size, 50)
})
