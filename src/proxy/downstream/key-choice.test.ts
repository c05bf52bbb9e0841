import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selfSigned } from '../../lib/self-signed.ts'
import { DEFAULT_TLS, type TlsSpec } from '../../model/tls.ts'
import { NO_OFFERS, type Offers } from './client-hello.ts'
import { choose } from './key-choice.ts'

const make = (keyType: 'ec' | 'rsa') =>
  selfSigned({ commonName: 'a', names: ['a.test'], from: 0, until: Date.UTC(2040), keyType })
const [EC, RSA] = [make('ec'), make('rsa')]

const list = (...numbers: readonly number[]) => Buffer.from(numbers.flatMap((each) => [each >> 8, each & 0xff]))
const [ECDSA, PSS, PKCS1] = [0x0403, 0x0804, 0x0401]
const [EC_CIPHER, RSA_CIPHER, TLS_1_3_CIPHER] = [0xc02b, 0xc02f, 0x1301]
const [X25519, P256] = [0x1d, 0x17]

const MODERN: Offers = {
  ciphers: list(TLS_1_3_CIPHER, RSA_CIPHER, EC_CIPHER),
  versions: list(0x0304, 0x0303),
  groups: list(X25519, P256),
  signatures: list(PSS, ECDSA, PKCS1),
  certificateSignatures: list(),
}
const TLS_1_2: Offers = { ...MODERN, versions: list() }

for (const [who, offers, expected, tls] of [
  ['who can verify both', MODERN, EC],
  ['who can verify RSA alone', { ...MODERN, signatures: list(PSS) }, RSA],
  ['who can verify ECDSA alone', { ...MODERN, signatures: list(ECDSA) }, EC],
  ['who can verify neither', { ...MODERN, signatures: list(0x0807) }, undefined],
  ['who verifies by another curve', { ...MODERN, signatures: list(0x0503, PSS) }, RSA],
  ['who says by what certificates may be signed', { ...MODERN, certificateSignatures: list(PKCS1) }, undefined],
  ['who speaks TLS 1.2 and can do both', TLS_1_2, EC],
  ['who speaks TLS 1.2 without the curve', { ...TLS_1_2, groups: list(X25519) }, RSA],
  ['who speaks TLS 1.2 without a cipher for ECDSA', { ...TLS_1_2, ciphers: list(RSA_CIPHER) }, RSA],
  ['who speaks TLS 1.2 without a cipher of ours', { ...TLS_1_2, ciphers: list(0x002f) }, undefined],
  ['who speaks TLS 1.2 with old signatures alone', { ...TLS_1_2, signatures: list(PKCS1) }, undefined],
  ['who could speak 1.3 where only 1.2 is spoken', { ...MODERN, groups: list(X25519) }, RSA, { versions: ['1.2'] }],
  ['whose ciphers the host does not take', TLS_1_2, RSA, { ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }],
  ['of whom nothing is known', NO_OFFERS, undefined],
] as const satisfies readonly (readonly [string, Offers, object | undefined, Partial<TlsSpec>?])[]) {
  test(`${who} gets ${expected === undefined ? 'what OpenSSL chooses' : expected === EC ? 'ECDSA' : 'RSA'}`, () => {
    for (const certificates of [
      [EC, RSA],
      [RSA, EC],
    ]) {
      assert.equal(choose(certificates, offers, { ...DEFAULT_TLS, ...tls }), expected)
    }
  })
}
