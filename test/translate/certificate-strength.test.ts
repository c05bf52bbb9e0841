/** Which material of Secrets is taken: what the library of the workers takes, found out without asking it where that is plain. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createSecureContext } from 'node:tls'
import { certificateOf } from '../../src/controller/translate/certificates.ts'
import { isPlainlyStrong } from '../../src/controller/translate/strength.ts'
import { bitString, explicit, integer, objectId, sequence, set, time, utf8 } from '../../src/lib/der.ts'

interface Made {
  readonly pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
  readonly digest?: string
  /** Object identifier of the signature. */
  readonly signature: string
}

const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength })
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
const RSA_SHA256 = '1.2.840.113549.1.1.11'
const RSA_SHA1 = '1.2.840.113549.1.1.5'
const ECDSA_SHA256 = '1.2.840.10045.4.3.2'

function certificate({ pair: { publicKey, privateKey }, digest = 'sha256', signature }: Made): string {
  const algorithm = sequence(objectId(signature))
  const name = sequence(set(sequence(objectId('2.5.4.3'), utf8('a'))))
  const body = sequence(
    ...[explicit(0, integer(Buffer.of(2))), integer(Buffer.of(1)), algorithm, name],
    ...[sequence(time(0), time(Date.UTC(2040))), name, publicKey.export({ type: 'spki', format: 'der' })],
  )
  const der = sequence(body, algorithm, bitString(sign(digest, body, privateKey)))
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

function secretOf(chain: string, key: string): Parameters<typeof certificateOf>[0] {
  const stringData = new Map(Object.entries({ 'tls.crt': chain, 'tls.key': key }))
  const metadata = { namespace: 'shop', name: 'tls', labels: new Map(), annotations: new Map() }
  return { kind: 'Secret', type: 'kubernetes.io/tls', metadata, data: new Map(), stringData }
}

function isTakenByOpenSsl(chain: string, key: string): boolean {
  try {
    createSecureContext({ ca: [], cert: chain, key })
    return true
  } catch {
    return false
  }
}

for (const { what, made, plain, taken } of [
  { what: 'P-256', made: { pair: ec('P-256'), signature: ECDSA_SHA256 }, plain: true, taken: true },
  { what: 'P-521', made: { pair: ec('P-521'), signature: ECDSA_SHA256 }, plain: true, taken: true },
  { what: 'RSA 2048', made: { pair: rsa(2048), signature: RSA_SHA256 }, plain: true, taken: true },
  { what: 'RSA 1024', made: { pair: rsa(1024), signature: RSA_SHA256 }, plain: false, taken: false },
  { what: 'secp224r1', made: { pair: ec('secp224r1'), signature: ECDSA_SHA256 }, plain: false, taken: true },
  { what: 'P-192', made: { pair: ec('prime192v1'), signature: ECDSA_SHA256 }, plain: false, taken: false },
  // Its own signature is nothing that anybody relies on.
  { what: 'SHA-1', made: { pair: rsa(2048), digest: 'sha1', signature: RSA_SHA1 }, plain: false, taken: true },
] satisfies readonly { what: string; made: Made; plain: boolean; taken: boolean }[]) {
  test(`${what} is ${taken ? '' : 'not '}taken, ${plain ? 'without' : 'after'} a closer look`, () => {
    const chain = certificate(made)
    const key = made.pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
    assert.equal(isPlainlyStrong([new X509Certificate(chain)]), plain)
    assert.equal(isTakenByOpenSsl(chain, key), taken)
    const found = certificateOf(secretOf(chain, key))
    assert.equal('complaint' in found ? found.complaint.slice(0, 47) : 'taken', taken ? 'taken' : WEAK)
  })
}

const WEAK = 'data["tls.crt"]: expected a stronger certificate'.slice(0, 47)

for (const { what, key } of [
  { what: 'PKCS #8', key: (pair: Made['pair']) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string },
  { what: 'PKCS #1', key: (pair: Made['pair']) => pair.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string },
  {
    what: 'PEM with words around it',
    key: (pair: Made['pair']) => `Bag\n${pair.privateKey.export({ type: 'pkcs1', format: 'pem' })}and more\n`,
  },
]) {
  test(`a key as ${what} is one that workers can use`, () => {
    const made = { pair: rsa(2048), signature: RSA_SHA256 }
    const found = certificateOf(secretOf(certificate(made), key(made.pair)))
    assert.ok('spec' in found)
    assert.ok(isTakenByOpenSsl(found.spec.chain, found.spec.key))
    assert.match(found.spec.key, /^-----BEGIN/)
  })
}
