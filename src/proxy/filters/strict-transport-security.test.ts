import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { strictTransportSecurity } from './strict-transport-security.ts'

const NAME = 'strict-transport-security'

function answered(proto: string, own?: string): readonly string[] {
  const responseHeaders = new HeaderList()
  if (own !== undefined) responseHeaders.add('Strict-Transport-Security', own)
  const { onResponse } = strictTransportSecurity({ kind: 'strict-transport-security', value: 'max-age=60' })
  onResponse!({ isSecure: proto === 'https', responseHeaders } as unknown as Exchange)
  return responseHeaders.getAll(NAME)
}

test('answers by TLS say it, those in clear text never do', () => {
  assert.deepEqual(answered('https'), ['max-age=60'])
  assert.deepEqual(answered('http'), [])
})

test('what the backend says stays as it is', () => assert.deepEqual(answered('https', 'max-age=0'), ['max-age=0']))
