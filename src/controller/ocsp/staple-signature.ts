/** Who may answer for certificates of an issuer, and whether one of them did (RFC 6960 section 4.2.2.2). */
import type { Buffer } from 'node:buffer'
import { verify, X509Certificate } from 'node:crypto'
import { DerReader, explicitTag, TAGS } from '../../lib/der-reader.ts'

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'
/** One is enough; each costs a signature to be looked at. */
const MOST_ENCLOSED = 4

/** Object identifiers as bytes; nothing with SHA-1. A digest of its own is part of Ed25519. */
const DIGESTS: ReadonlyMap<string, string | null> = new Map([
  ['2a864886f70d01010b', 'sha256'],
  ['2a864886f70d01010c', 'sha384'],
  ['2a864886f70d01010d', 'sha512'],
  ['2a8648ce3d040302', 'sha256'],
  ['2a8648ce3d040303', 'sha384'],
  ['2a8648ce3d040304', 'sha512'],
  ['2b6570', null],
])

export interface Signed {
  /** All that is signed. */
  readonly body: Buffer
  /** What stands behind it: algorithm, signature, certificates. */
  readonly rest: DerReader
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** @throws Error where it cannot be read. */
export function isSignedFor(issuer: X509Certificate, { body, rest, now }: Signed): boolean {
  const digest = DIGESTS.get(rest.inside(TAGS.sequence).value(TAGS.objectId).content.toString('hex'))
  const signature = rest.value(TAGS.bitString).content.subarray(1)
  if (digest === undefined) return false
  const others = enclosed(rest).filter((other) => mayAnswer(other, issuer, now))
  return [issuer, ...others].some(({ publicKey }) => {
    try {
      return verify(digest, body, publicKey, signature)
    } catch {
      // A key of another kind than the algorithm is for.
      return false
    }
  })
}

/** Certificates that came with it. */
function enclosed(rest: DerReader): X509Certificate[] {
  const given = rest.optional(explicitTag(0))
  if (given === undefined) return []
  const list = new DerReader(given.content).inside(TAGS.sequence)
  const found: X509Certificate[] = []
  while (!list.atEnd && found.length < MOST_ENCLOSED) found.push(new X509Certificate(list.any().whole))
  return found
}

/** A certificate that the issuer itself has made for this. */
function mayAnswer(other: X509Certificate, issuer: X509Certificate, now: number): boolean {
  const isInTime = other.validFromDate.getTime() <= now && now <= other.validToDate.getTime()
  const isForThis = other.keyUsage?.includes(OCSP_SIGNING) === true
  return isInTime && isForThis && other.checkIssued(issuer) && other.verify(issuer.publicKey)
}
