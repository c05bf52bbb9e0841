import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const WORDS = ['connect-timeout', 'response-timeout', 'request-timeout', 'host', 'http']

for (const [written, meant] of [
  ['conect-timeout', 'connect-timeout'],
  ['Connect-Timeout', 'connect-timeout'],
  ['reqeust-timeout', 'request-timeout'],
  ['hosts', 'host'],
  ['htpt', 'http'],
  ['body-size', undefined],
  ['a', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(written)} means ${meant ?? 'nothing'}`, () => assert.equal(nearest(written, WORDS), meant))
}

test('of equally near words the first wins', () => assert.equal(nearest('cat', ['bat', 'hat']), 'bat'))
