import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { connectFault, resetFault } from './lost-connection.ts'

const failure = (code: string) => Object.assign(new Error(code), { code })
const PLAIN = {} as Socket
const ENCRYPTED = { encrypted: true, authorizationError: null } as unknown as Socket

test('a connection that never stood: by what the kernel and OpenSSL say', () => {
  assert.equal(connectFault(PLAIN, failure('ECONNREFUSED')), 'connect-refused')
  assert.equal(connectFault(ENCRYPTED, failure('ECONNREFUSED')), 'connect-refused')
  assert.equal(connectFault(PLAIN, failure('ECONNRESET')), 'connect-failed')
  assert.equal(connectFault(ENCRYPTED, failure('ECONNRESET')), 'tls-handshake')
  assert.equal(connectFault(ENCRYPTED, failure('ERR_SSL_WRONG_VERSION_NUMBER')), 'tls-handshake')
  assert.equal(connectFault(ENCRYPTED, failure('EHOSTUNREACH')), 'connect-failed')
  assert.equal(connectFault(ENCRYPTED, undefined), 'connect-failed')
})

test('a certificate that was not taken: by the error of its verification', () => {
  const refused = (code: string) => ({ encrypted: true, authorizationError: code }) as unknown as Socket
  for (const [code, fault] of [
    ['CERT_HAS_EXPIRED', 'tls-expired'],
    ['CERT_NOT_YET_VALID', 'tls-expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-wrong-name'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-untrusted'],
    ['CERT_REVOKED', 'tls-untrusted'],
  ] as const) {
    assert.equal(connectFault(refused(code), failure(code)), fault)
  }
})

test('an alert of the handshake after the first request is a fault of the handshake; nothing else is', () => {
  for (const code of [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  ]) {
    assert.equal(resetFault(failure(code)), 'tls-handshake', code)
  }
  for (const code of [
    'ECONNRESET',
    'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
  ]) {
    assert.equal(resetFault(failure(code)), 'upstream-reset-before-response', code)
  }
})
