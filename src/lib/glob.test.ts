import assert from 'node:assert/strict'
import { test } from 'node:test'
import { matchesGlob } from './glob.ts'

for (const [pattern, text, isMatch] of [
  ['', '', true],
  ['', 'a', false],
  ['*', '', true],
  ['*', 'anything', true],
  ['CN=a', 'CN=a', true],
  ['CN=a', 'CN=ab', false],
  ['CN=a*', 'CN=ab', true],
  ['*O=shop', 'CN=a,O=shop', true],
  ['*O=shop', 'CN=a,O=shopping', false],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*bc*c', 'abc', false],
  ['a*bc*c', 'abcc', true],
  ['*a*b*', 'xaxbx', true],
  ['*a*b*', 'xbxax', false],
  ['CN=.', 'CN=x', false],
] as const) {
  test(`${JSON.stringify(pattern)} ${isMatch ? 'matches' : 'does not match'} ${JSON.stringify(text)}`, () => {
    assert.equal(matchesGlob(pattern, text), isMatch)
  })
}

test('a pattern made to be slow is not', () => {
  assert.equal(matchesGlob(`${'*a'.repeat(200)}b`, 'a'.repeat(100_000)), false)
})
