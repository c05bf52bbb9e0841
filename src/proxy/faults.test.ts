import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FaultRow } from './fault-row.ts'
import { FAULTS, type FaultCode, isIdempotent, mayRetry } from './faults.ts'

const ROWS = Object.entries(FAULTS) as [FaultCode, FaultRow][]
const SAFE_TO_REPEAT = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']
const SAID_NO: readonly FaultCode[] = ['stream-refused', 'expectation-refused']
const NOT_SAFE = ['POST', 'PATCH', 'CONNECT', 'get', 'FROBNICATE', '']

test('methods are idempotent as RFC 9110 section 9.2.2 says, and no others', () => {
  for (const method of SAFE_TO_REPEAT) assert.equal(isIdempotent(method), true, method)
  for (const method of NOT_SAFE) assert.equal(isIdempotent(method), false, method)
})

for (const [code, { retry }] of ROWS) {
  test(`${code} is retried ${retry}`, () => {
    assert.equal(mayRetry(code, true), retry !== 'never')
    assert.equal(mayRetry(code, false), retry === 'always')
  })
}

test('only where no connection stood, or no body was sent, may any method be repeated', () => {
  const always = ROWS.filter(([, { retry }]) => retry === 'always').map(([code]) => code)
  assert.deepEqual(always, [
    ...['connect-refused', 'connect-timeout', 'connect-failed'],
    ...['tls-handshake', 'tls-untrusted', 'tls-wrong-name', 'tls-expired', 'no-http2'],
    ...['stream-refused', 'no-stream', 'upstream-closed-unasked', 'expectation-refused'],
  ])
})

test('only faults of an endpoint count against it, but not that it said no, and are worth another attempt', () => {
  for (const [code, { origin, blame, retry }] of ROWS) {
    assert.equal(blame, origin === 'upstream' && !SAID_NO.includes(code), code)
    if (origin !== 'upstream') assert.equal(retry, 'never', code)
  }
})

test('the status says whose fault it is', () => {
  for (const [code, { origin, status }] of ROWS) {
    if (origin === 'upstream') assert.ok(status === 502 || status === 504, code)
    if (origin === 'downstream' && code !== 'hops-used-up') assert.ok(status >= 400 && status < 600, code)
  }
})

test('what clients are told is a sentence without addresses', () => {
  for (const [code, { text }] of ROWS) assert.match(text, /^[A-Z][^<>&"\d]*\.$/, code)
})
