import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HashKey } from '../../model/cluster.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { requestHash } from './request-hash.ts'

interface About {
  readonly client?: string
  readonly path?: string
  readonly fields?: readonly (readonly [string, string])[]
}

function hashOf(keys: readonly HashKey[], { client = '10.0.0.1', path = '/', fields = [] }: About): number {
  const requestHeaders = new HeaderList()
  for (const [name, value] of fields) requestHeaders.add(name, value)
  return requestHash(keys)({ clientAddress: client, path, requestHeaders } as Exchange)
}

const CASES: readonly (readonly [keys: readonly HashKey[], a: About, b: About, same: boolean, why: string])[] = [
  [['client'], { path: '/a' }, { path: '/b' }, true, 'what is not asked for does not count'],
  [['client'], { client: '10.0.0.1' }, { client: '10.0.0.2' }, false, 'another client'],
  [['path'], { path: '/a' }, { path: '/b' }, false, 'another path'],
  [['header:x-tenant'], { fields: [['X-Tenant', 'a']] }, { fields: [['x-tenant', 'a']] }, true, 'letter case of names'],
  [['header:x-tenant'], { fields: [['X-Tenant', 'a']] }, { fields: [['X-Tenant', 'b']] }, false, 'another value'],
  [['header:x-tenant'], {}, { fields: [['X-Tenant', 'b']] }, false, 'none at all'],
  [['cookie:id'], { fields: [['Cookie', 'a=1; id=7']] }, { fields: [['Cookie', 'id=7']] }, true, 'other cookies'],
  [
    ['cookie:id'],
    { fields: [['Cookie', 'id=7']] },
    { fields: [['Cookie', 'ID=7']] },
    false,
    'cookies have letter case',
  ],
  [['cookie:id'], { fields: [['Cookie', 'xid=7']] }, {}, true, 'the end of another name'],
  [['client', 'path'], { client: 'ab', path: 'c' }, { client: 'a', path: 'bc' }, false, 'where one part ends'],
]

for (const [keys, a, b, same, why] of CASES) {
  test(`${keys.join(' and ')}: ${why}`, () => assert.equal(hashOf(keys, a) === hashOf(keys, b), same))
}
