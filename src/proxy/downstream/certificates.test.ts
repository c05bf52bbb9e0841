import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selfSigned } from '../../lib/self-signed.ts'
import type { CertificateName } from '../../model/certificate.ts'
import type { ServerNameSpec } from '../../model/server-name.ts'
import { DEFAULT_TLS } from '../../model/tls.ts'
import { Certificates } from './certificates.ts'

const make = (keyType: 'ec' | 'rsa' = 'ec') =>
  selfSigned({ commonName: 'a', names: ['a.test'], from: 0, until: Date.UTC(2040), keyType })
const [A, B, C, FALLBACK] = [make(), make('rsa'), make(), make()]
const showing = (...names: readonly string[]): ServerNameSpec => ({ certificates: names as CertificateName[] })

function setUp(mostContexts?: number) {
  const certificates = new Certificates(mostContexts)
  certificates.open({ port: 0, publicPort: 443, fallback: FALLBACK, ticketKeys: Buffer.alloc(48, 'a') })
  for (const [name, spec] of Object.entries({ a: A, b: B, c: C })) {
    certificates.setCertificate(name, spec)
    certificates.setName(`${name}.test`, showing(name))
  }
  return { certificates, context: (name: string) => certificates.serving(name).context }
}

test('names that are served alike share one context, also where their certificate comes from several Secrets', () => {
  const { certificates, context } = setUp()
  for (let n = 0; n < 100; n++) {
    certificates.setCertificate(`copy-${n}`, { ...A })
    certificates.setName(`h${n}.test`, showing(`copy-${n}`))
    assert.equal(context(`h${n}.test`), context('a.test'))
    assert.equal(context(`nobody-${n}.test`), context(''), 'names without a certificate share one, too')
  }
  certificates.setName('own.test', { ...showing('a'), tls: { ...DEFAULT_TLS, versions: ['1.3'] } })
  assert.notEqual(context('own.test'), context('a.test'))
})

test('what was asked for longest ago is compiled anew, what is asked for stays', () => {
  const { context } = setUp(2)
  const [a, b] = [context('a.test'), context('b.test')]
  assert.equal(context('a.test'), a)
  context('c.test')
  assert.equal(context('a.test'), a, 'asked for since')
  assert.notEqual(context('b.test'), b, 'had to go')
})

test('a change of one certificate leaves the contexts of others as they are', () => {
  const { certificates, context } = setUp()
  const [a, b] = [context('a.test'), context('b.test')]
  certificates.setCertificate('a', C)
  assert.notEqual(context('a.test'), a)
  assert.equal(context('b.test'), b)
  assert.equal(context('a.test'), context('c.test'))
})

test('what is stapled is that of the one certificate that is shown', () => {
  const { certificates } = setUp()
  const staple = (name: string) => certificates.serving(name).staple?.toString()
  certificates.setStaple('a', Buffer.from('answer').toString('base64'))
  certificates.setName('two.test', showing('a', 'b'))
  assert.deepEqual(['a.test', 'b.test', 'two.test', 'nobody.test'].map(staple), [
    'answer',
    undefined,
    undefined,
    undefined,
  ])
  certificates.setName('*', showing('a'))
  assert.equal(staple('nobody.test'), 'answer')
  certificates.removeStaple('a')
  assert.equal(staple('a.test'), undefined)
})
