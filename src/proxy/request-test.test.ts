import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestMatch } from '../model/request-match.ts'
import type { Exchange } from './exchange.ts'
import { HeaderList } from './headers.ts'
import { requestTest } from './request-test.ts'

function isMatch(match: RequestMatch, request: Partial<Exchange>): boolean {
  const exchange = { requestHeaders: new HeaderList(), query: '', clientAddress: '192.0.2.1', ...request }
  return requestTest(match)(exchange as Exchange)
}

test('a client is in one of the ranges', () => {
  const clients = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']
  for (const clientAddress of ['10.1.2.3', '2001:db8::5', '192.0.2.7'])
    assert.ok(isMatch({ clients }, { clientAddress }))
  for (const clientAddress of ['11.1.2.3', '2001:db9::5', '']) assert.ok(!isMatch({ clients }, { clientAddress }))
})

test('an empty value is a value, and none at all is none', () => {
  assert.ok(isMatch({ query: [{ name: 'v', value: '' }] }, { query: '?v' }))
  assert.ok(!isMatch({ query: [{ name: 'v', value: '' }] }, { query: '?w' }))
  assert.ok(isMatch({ query: [{ name: 'v' }] }, { query: '?w&v=' }))
})

test('all of it has to hold', () => {
  const match = { query: [{ name: 'v' }, { name: 'w', pattern: 'a+' }], clients: ['192.0.2.0/24'] }
  assert.ok(isMatch(match, { query: '?v&w=aa' }))
  assert.ok(!isMatch(match, { query: '?v&w=ab' }))
  assert.ok(!isMatch(match, { query: '?v&w=aa', clientAddress: '198.51.100.1' }))
})
