/**
 * Which of the certificates of a host is for a client, by its hello. As a rule OpenSSL chooses among all of them, and
 * tells nobody; where an answer of OCSP belongs to one of them, the choice has to be known before. It is made only
 * where the handshake succeeds with it for certain: in all other cases it is left to OpenSSL.
 */
import { X509Certificate } from 'node:crypto'
import type { CertificateSpec } from '../../model/certificate.ts'
import type { TlsCipher, TlsSpec } from '../../model/tls.ts'
import type { Offers } from './client-hello.ts'
import { ciphersOf } from './tls-context.ts'

/** What a client needs for a certificate with such a key; numbers are those of IANA. */
interface KeyKind {
  /** Signatures that serve in every version (RFC 8446 section 4.2.3). */
  readonly signatures: readonly number[]
  /** For TLS 1.2, which binds the key to the cipher (RFC 8422). */
  readonly ciphers: Partial<Record<TlsCipher, number>>
  /** For TLS 1.2: the curve of the key (RFC 8422 section 5.1.1). */
  readonly group?: number
}

const TLS_1_3 = 0x0304

const ECDSA_CIPHERS = {
  'ECDHE-ECDSA-AES128-GCM-SHA256': 0xc02b,
  'ECDHE-ECDSA-AES256-GCM-SHA384': 0xc02c,
  'ECDHE-ECDSA-CHACHA20-POLY1305': 0xcca9,
  'ECDHE-ECDSA-AES128-SHA256': 0xc023,
  'ECDHE-ECDSA-AES128-SHA': 0xc009,
  'ECDHE-ECDSA-AES256-SHA': 0xc00a,
}
const RSA_CIPHERS = {
  'ECDHE-RSA-AES128-GCM-SHA256': 0xc02f,
  'ECDHE-RSA-AES256-GCM-SHA384': 0xc030,
  'ECDHE-RSA-CHACHA20-POLY1305': 0xcca8,
  'ECDHE-RSA-AES128-SHA256': 0xc027,
  'ECDHE-RSA-AES128-SHA': 0xc013,
  'ECDHE-RSA-AES256-SHA': 0xc014,
}

/** By type, and for curves by name, in order of preference. */
const KINDS: ReadonlyMap<string, KeyKind> = new Map([
  ['prime256v1', { signatures: [0x0403], ciphers: ECDSA_CIPHERS, group: 0x0017 }],
  ['secp384r1', { signatures: [0x0503], ciphers: ECDSA_CIPHERS, group: 0x0018 }],
  ['secp521r1', { signatures: [0x0603], ciphers: ECDSA_CIPHERS, group: 0x0019 }],
  ['rsa', { signatures: [0x0804, 0x0805, 0x0806], ciphers: RSA_CIPHERS }],
])
const ORDER = [...KINDS.keys()]

/** Those that OpenSSL would be given all at once. @returns none where it is to choose. */
export function choose<C extends CertificateSpec>(
  certificates: readonly C[],
  offers: Offers,
  tls: TlsSpec,
): C | undefined {
  // Then it matters by what the certificates themselves were signed, too.
  if (offers.certificateSignatures.length > 0) return undefined
  const inOrder = certificates.toSorted((a, b) => ORDER.indexOf(kindOf(a)) - ORDER.indexOf(kindOf(b)))
  return inOrder.find((certificate) => suits(KINDS.get(kindOf(certificate)), offers, tls))
}

function suits(kind: KeyKind | undefined, offers: Offers, tls: TlsSpec): boolean {
  if (kind === undefined || !kind.signatures.some((each) => has(offers.signatures, each))) return false
  if (tls.versions.includes('1.3') && has(offers.versions, TLS_1_3)) return true
  const common = ciphersOf(tls, '1.2').some((cipher) => has(offers.ciphers, kind.ciphers[cipher] ?? -1))
  return common && (kind.group === undefined || has(offers.groups, kind.group))
}

/** Specs are never changed, but replaced. */
const kinds = new WeakMap<CertificateSpec, string>()

/** Of its key, as in `KINDS`, or another one. */
function kindOf(certificate: CertificateSpec): string {
  return kinds.getOrInsertComputed(certificate, ({ chain }) => {
    const { asymmetricKeyType = '', asymmetricKeyDetails } = new X509Certificate(chain).publicKey
    return asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType
  })
}

function has(numbers: Buffer, wanted: number): boolean {
  for (let at = 0; at + 1 < numbers.length; at += 2) if (numbers.readUInt16BE(at) === wanted) return true
  return false
}
