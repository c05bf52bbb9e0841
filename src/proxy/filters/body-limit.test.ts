import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../exchange.ts'
import { bodyLimit } from './body-limit.ts'

const TOO_LARGE = { status: 413, fault: 'body-too-large' }

const CASES: readonly (readonly [announced: number, verdict: typeof TOO_LARGE | undefined, why: string])[] = [
  [0, undefined, 'no body'],
  [10, undefined, 'exactly the limit'],
  [11, TOO_LARGE, 'a byte more'],
  [-1, undefined, 'a length that is not announced is judged while it comes'],
]

for (const [bodyLength, verdict, why] of CASES) {
  test(`a limit of 10 bytes and a body of ${bodyLength}: ${why}`, () => {
    const exchange = { bodyLength, maxBodyBytes: Number.POSITIVE_INFINITY } as Exchange
    assert.deepEqual(bodyLimit({ kind: 'body-limit', maxBytes: 10 }).onRequest!(exchange), verdict)
    assert.equal(exchange.maxBodyBytes, 10)
  })
}

test('a limit of 0 refuses every body, and nothing but bodies', () => {
  const { onRequest } = bodyLimit({ kind: 'body-limit', maxBytes: 0 })
  assert.deepEqual(onRequest!({ bodyLength: 1 } as Exchange), TOO_LARGE)
  assert.equal(onRequest!({ bodyLength: 0 } as Exchange), undefined)
})
