/** Which answers of responders are worth stapling: those that a client would believe, and no others. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stapleSubject } from '../../src/controller/ocsp/certificate-id.ts'
import { judgeResponse } from '../../src/controller/ocsp/staple-response.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { TestAuthority } from '../proxy/pki.ts'
import { answer, HOUR_MS, issued, MINUTE_MS, refusal, type Said } from './answers.ts'

const NOW = Math.floor(Date.now() / 1000) * 1000
const AUTHORITY = new TestAuthority('Root')
const STRANGER = new TestAuthority('Stranger')
const { chain, ofIssuer: key } = issued(AUTHORITY)
const SUBJECT = stapleSubject(chain)!
const GOOD: Said = { chain, key, from: NOW - HOUR_MS, until: NOW + HOUR_MS }
const judge = (der: Buffer) => judgeResponse(der, SUBJECT, NOW)

const delegate = (authority: TestAuthority, usage: 'ocsp' | 'server', until?: number) => {
  const { chain: signer, key } = authority.issue({ commonName: 'responder', usage, ...(until && { until }) })
  return { signer, key }
}

for (const { what, change } of [
  { what: 'signed by the issuer', change: {} },
  { what: 'signed by who the issuer made for it', change: delegate(AUTHORITY, 'ocsp') },
  { what: 'of a clock that is a little ahead', change: { from: NOW + MINUTE_MS } },
] satisfies readonly { what: string; change: Partial<Said> }[]) {
  test(`an answer ${what} is good until it says`, () => {
    const said = { ...GOOD, ...change }
    assert.deepEqual(judge(answer(said)), { result: 'good', until: NOW + HOUR_MS })
  })
}

test('one that does not say when the next one comes is good for an hour', () => {
  const { until: _until, ...said } = GOOD
  const from = NOW - MINUTE_MS
  assert.deepEqual(judge(answer({ ...said, from })), { result: 'good', until: from + HOUR_MS })
})

for (const { what, change, reason } of [
  { what: 'whose time is over', change: { until: NOW - 1000 }, reason: /time is over/ },
  { what: 'of tomorrow', change: { from: NOW + 24 * HOUR_MS, until: NOW + 48 * HOUR_MS }, reason: /to come/ },
  { what: 'for another certificate', change: { serial: Buffer.of(77) }, reason: /another certificate/ },
  { what: 'of another authority', change: { key: STRANGER.key }, reason: /nobody signed it/ },
  { what: 'of a delegate of another one', change: delegate(STRANGER, 'ocsp'), reason: /nobody signed it/ },
  { what: 'of a certificate for servers', change: delegate(AUTHORITY, 'server'), reason: /nobody signed it/ },
  { what: 'of a late delegate', change: delegate(AUTHORITY, 'ocsp', NOW - 1000), reason: /nobody signed it/ },
] satisfies readonly { what: string; change: Partial<Said>; reason: RegExp }[]) {
  test(`an answer ${what} is not believed`, () => {
    const judgement = judge(answer({ ...GOOD, ...change }))
    assert.equal(judgement.result, 'invalid')
    assert.match('reason' in judgement ? judgement.reason : '', reason)
  })
}

test('what is revoked or not known is told apart, and so is a refusal', () => {
  assert.equal(judge(answer({ ...GOOD, status: 'revoked' })).result, 'revoked')
  assert.equal(judge(answer({ ...GOOD, status: 'unknown' })).result, 'unknown')
  assert.deepEqual(judge(refusal(3)), { result: 'refused', reason: 'it answers tryLater' })
})

test('no byte of an answer can be changed without its being noticed, and nothing throws', () => {
  const random = seededRandom(6960)
  const good = answer(GOOD)
  for (let at = 0; at < good.length; at++) {
    const bytes = Buffer.from(good)
    bytes[at] = bytes[at]! ^ (1 + Math.floor(random() * 255))
    const judgement = judge(bytes)
    // Parameters of the algorithm, the number of unused bits and what follows are no part of what is signed.
    if (judgement.result === 'good') assert.equal(judgement.until, NOW + HOUR_MS)
    assert.doesNotThrow(() => judge(good.subarray(0, at)))
    assert.notEqual(judge(good.subarray(0, at)).result, 'good')
  }
})

test('nobody can be asked about a certificate without its issuer', () => {
  const alone = AUTHORITY.issue({ commonName: 'alone' }).chain
  assert.equal(stapleSubject(alone), undefined)
  assert.equal(stapleSubject(alone + STRANGER.chain), undefined)
  const unreadable = '-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n'
  assert.equal(stapleSubject(alone + unreadable), undefined)
})
