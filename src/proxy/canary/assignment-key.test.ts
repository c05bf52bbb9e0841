import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { assignmentKey } from './assignment-key.ts'

const ADDRESS = '192.0.2.1'

function exchange(...fields: readonly (readonly [name: string, value: string])[]): Exchange {
  const requestHeaders = new HeaderList()
  for (const [name, value] of fields) requestHeaders.add(name, value)
  return { requestHeaders, clientAddress: ADDRESS } as Exchange
}

function bearer(claims: object): readonly [string, string] {
  const part = (of: object) => Buffer.from(JSON.stringify(of)).toString('base64url')
  return ['Authorization', `Bearer ${part({ alg: 'none' })}.${part(claims)}.`]
}

for (const [key, fields, expected] of [
  ['client', [['X-User', 'ann']], ADDRESS],
  ['header:X-User', [['x-user', 'ann']], 'ann'],
  ['header:X-User', [['X-User', '']], ADDRESS],
  ['header:X-User', [], ADDRESS],
  ['cookie:visitor', [['Cookie', 'a=b; visitor=v1']], 'v1'],
  ['cookie:visitor', [['Cookie', 'a=b']], ADDRESS],
  ['claim:sub', [bearer({ sub: 'ann', tenant: 't' })], 'ann'],
  ['claim:tenant', [bearer({ sub: 'ann' })], ADDRESS],
  ['claim:sub', [['Authorization', 'Basic YTpi']], ADDRESS],
] as const) {
  test(`${key} of ${JSON.stringify(fields)}: ${expected}`, () => {
    assert.equal(assignmentKey(key)(exchange(...fields)), expected)
  })
}
