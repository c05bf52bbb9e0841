import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { selfSigned } from './self-signed.ts'

const FROM = Date.UTC(2026, 0, 2, 3, 4, 5)
const UNTIL = Date.UTC(2055, 11, 31)

for (const keyType of ['ec', 'rsa'] as const) {
  test(`a self-signed ${keyType} certificate is what was asked for, and verifies itself`, () => {
    const names = ['shop.test', '*.shop.test', `${'a'.repeat(63)}.${'b'.repeat(63)}.test`]
    const { chain, key } = selfSigned({ commonName: 'Grüße', names, from: FROM, until: UNTIL, keyType })
    const certificate = new X509Certificate(chain)
    assert.equal(certificate.subject, 'CN=Grüße')
    assert.equal(certificate.issuer, certificate.subject)
    assert.equal(certificate.subjectAltName, names.map((name) => `DNS:${name}`).join(', '))
    assert.equal(certificate.validFromDate.getTime(), FROM)
    assert.equal(certificate.validToDate.getTime(), UNTIL)
    assert.equal(certificate.ca, false)
    assert.ok(certificate.verify(certificate.publicKey))
    assert.ok(certificate.checkPrivateKey(createPrivateKey(key)))
    assert.equal(certificate.checkHost('www.shop.test'), '*.shop.test')
    assert.equal(certificate.checkHost('other.test'), undefined)
  })
}

test('no two certificates share a serial number', () => {
  const spec = { commonName: 'a', names: [], from: FROM, until: FROM + 1000 }
  const serials = [selfSigned(spec), selfSigned(spec)].map(({ chain }) => new X509Certificate(chain).serialNumber)
  assert.notEqual(serials[0], serials[1])
})
