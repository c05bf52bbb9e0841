import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimOf } from './token-claim.ts'

const part = (json: string): string => Buffer.from(json).toString('base64url')
const bearer = (payload: string): string => `Bearer ${part('{"alg":"none"}')}.${part(payload)}.c2ln`

test('a claim is read from the token as it stands', () => {
  assert.equal(claimOf(bearer('{"sub":"mé","n":7}'), 'sub'), 'mé')
  assert.equal(claimOf(bearer('{"sub":"me","n":7}'), 'n'), '7')
  assert.equal(claimOf(bearer('{"sub":"me"}').replace('Bearer', 'bearer'), 'sub'), 'me')
})

for (const [what, field] of [
  ['no token at all', undefined],
  ['another scheme', 'Basic bWU6bWU='],
  ['no JSON', bearer('sub=me')],
  ['no object', bearer('["sub"]')],
  ['another claim', bearer('{"name":"me"}')],
  ['what every object has', bearer('{}')],
  ['an object as its value', bearer('{"toString":{}}')],
  ['two parts', 'Bearer a.b'],
  ['a token of enormous length', `Bearer a.${'b'.repeat(10_000)}.c`],
] as const) {
  test(`none in ${what}`, () => assert.equal(claimOf(field, what.includes('every') ? 'toString' : 'sub'), undefined))
}
