/** What a certificate is called where its status is asked for (RFC 6960 section 4.1.1). */
import type { Buffer } from 'node:buffer'
import { createHash, X509Certificate } from 'node:crypto'
import { objectId, octetString, sequence } from '../../lib/der.ts'
import { DerReader, explicitTag, TAGS } from '../../lib/der-reader.ts'

/** Its only use is as a name; responders know no other everywhere (RFC 5019 section 2.1.1). */
export const SHA1 = objectId('1.3.14.3.2.26')
const NULL = Uint8Array.of(0x05, 0x00)

/** A certificate whose status can be asked for. */
export interface StapleSubject {
  readonly id: CertificateId
  /** Who has issued it, and answers for it or says who does. */
  readonly issuer: X509Certificate
}

export interface CertificateId {
  readonly issuerNameHash: Buffer
  readonly issuerKeyHash: Buffer
  /** The content of an INTEGER. */
  readonly serial: Buffer
}

/** @param chain PEM, the certificate itself first. @returns nothing where its issuer is not in it, or one cannot be read. */
export function stapleSubject(chain: string): StapleSubject | undefined {
  try {
    return subjectIn(chain)
  } catch {
    return undefined
  }
}

function subjectIn(chain: string): StapleSubject | undefined {
  const [leaf, ...others] = chain.split(/(?<=-----END CERTIFICATE-----)/).flatMap((pem) => certificateIn(pem))
  const issuer = others.find((other) => leaf?.checkIssued(other) && leaf.verify(other.publicKey))
  return leaf === undefined || issuer === undefined ? undefined : { id: idOf(leaf, issuer), issuer }
}

function certificateIn(pem: string): X509Certificate[] {
  return pem.includes('-----BEGIN CERTIFICATE-----') ? [new X509Certificate(pem)] : []
}

function idOf(leaf: X509Certificate, issuer: X509Certificate): CertificateId {
  const body = new DerReader(leaf.raw).inside(TAGS.sequence).inside(TAGS.sequence)
  body.optional(explicitTag(0))
  const serial = body.value(TAGS.integer).content
  body.value(TAGS.sequence)
  const issuerName = body.value(TAGS.sequence).whole
  const key = new DerReader(issuer.publicKey.export({ type: 'spki', format: 'der' })).inside(TAGS.sequence)
  key.value(TAGS.sequence)
  // Its first byte is the number of bits that do not count.
  const issuerKey = key.value(TAGS.bitString).content.subarray(1)
  return { issuerNameHash: sha1(issuerName), issuerKeyHash: sha1(issuerKey), serial }
}

/** An OCSPRequest for one certificate, without a nonce: answers are made in advance for everybody (RFC 5019 section 2.1). */
export function stapleRequest({ issuerNameHash, issuerKeyHash, serial }: CertificateId): Buffer {
  const name = sequence(
    sequence(SHA1, NULL),
    octetString(issuerNameHash),
    octetString(issuerKeyHash),
    asInteger(serial),
  )
  return sequence(sequence(sequence(sequence(name))))
}

function asInteger(content: Buffer): Uint8Array {
  return Uint8Array.of(TAGS.integer, content.length, ...content)
}

function sha1(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest()
}
