import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeaderList } from '../headers.ts'
import { acceptOf, isProven } from './agreement.ts'

/** The example of RFC 6455 section 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

function fields(name: string, value: string | undefined): HeaderList {
  const list = new HeaderList()
  if (value !== undefined) list.add(name, value)
  return list
}

for (const [what, accept, expected] of [
  ['the right word', ACCEPT, true],
  ['none', undefined, false],
  ['the word for another key', acceptOf('another key'), false],
  ['the right word in other letters', ACCEPT.toLowerCase(), false],
] as const) {
  test(`to a key of ours ${what} is ${expected ? 'a' : 'no'} proof; to that of a client it is for the client to judge`, () => {
    const [answer, requestHeaders] = [fields('Sec-WebSocket-Accept', accept), fields('Sec-WebSocket-Key', KEY)]
    assert.equal(isProven(answer, { version: '2', requestHeaders }), expected)
    assert.equal(isProven(answer, { version: '1.1', requestHeaders }), true)
  })
}
