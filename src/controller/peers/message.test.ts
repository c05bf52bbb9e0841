import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { open, type PeerMessage, seal } from './message.ts'

const KEY = Buffer.alloc(32, 7)
const MESSAGE: PeerMessage = { from: 'a', at: 1000, sums: new Map([['limit/x', [1, 2.5]]]) }

/** Sealed as ours are, whatever it says. */
function sealed(content: string, version = 1): Buffer {
  const parts = [Buffer.of(version), Buffer.from(content)] as const
  const hmac = createHmac('sha256', KEY).update(parts[0]).update(parts[1]).digest()
  return Buffer.concat([parts[0], hmac, parts[1]])
}

test('what is sealed can be opened by the same key', () => {
  assert.deepEqual(open(KEY, seal(KEY, MESSAGE)), MESSAGE)
})

test('a datagram of which a single bit is another one is a stranger', () => {
  const datagram = seal(KEY, MESSAGE)
  for (let bit = 0; bit < datagram.length * 8; bit++) {
    const forged = Buffer.from(datagram)
    forged[bit >> 3]! ^= 1 << (bit & 7)
    assert.equal(open(KEY, forged), 'stranger', `bit ${bit}`)
  }
})

test('another key, a part of a datagram, and nothing at all are strangers', () => {
  const datagram = seal(KEY, MESSAGE)
  assert.equal(open(Buffer.alloc(32, 8), datagram), 'stranger')
  for (let length = 0; length < datagram.length; length++) {
    assert.equal(open(KEY, datagram.subarray(0, length)), 'stranger', `${length} bytes`)
  }
})

test('another version is told apart, by whoever has the key', () => {
  assert.equal(open(KEY, sealed('{}', 2)), 'version')
})

for (const content of [
  'x',
  'null',
  '{}',
  '{"from":1,"at":1,"sums":{}}',
  '{"from":"a","at":"1","sums":{}}',
  '{"from":"a","at":1,"sums":[]}',
  '{"from":"a","at":1,"sums":{"x":1}}',
  '{"from":"a","at":1,"sums":{"x":["1"]}}',
  '{"from":"a","at":1,"sums":{"x":[null]}}',
]) {
  test(`${content} says nothing, although it is sealed`, () => assert.equal(open(KEY, sealed(content)), 'malformed'))
}
