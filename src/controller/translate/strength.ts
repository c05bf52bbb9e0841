/**
 * Whether a chain is plainly strong enough for OpenSSL at its usual level (112 bits): asking OpenSSL itself takes twice as long
 * as all the rest that is looked at of a certificate, and with ten thousand of them that is seconds of a start.
 */
import type { KeyObject, X509Certificate } from 'node:crypto'

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
const LEAST_RSA_BITS = 2048
/** By object identifier: RSA and ECDSA with SHA-2. */
const SIGNATURES: ReadonlySet<string> = new Set([
  ...['1.2.840.113549.1.1.11', '1.2.840.113549.1.1.12', '1.2.840.113549.1.1.13'],
  ...['1.2.840.10045.4.3.2', '1.2.840.10045.4.3.3', '1.2.840.10045.4.3.4'],
])

/** @returns false where it takes a closer look. */
export function isPlainlyStrong(chain: readonly X509Certificate[]): boolean {
  return chain.every(
    ({ publicKey, signatureAlgorithmOid: signature }) =>
      isStrongKey(publicKey) && signature !== undefined && SIGNATURES.has(signature),
  )
}

function isStrongKey({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === 'ec') return CURVES.has(details?.namedCurve ?? '')
  return type === 'rsa' && (details?.modulusLength ?? 0) >= LEAST_RSA_BITS
}
