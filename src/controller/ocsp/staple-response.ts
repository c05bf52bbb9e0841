/**
 * What a responder says of a certificate (RFC 6960 section 4.2), and whether to believe it: only what clients would
 * believe as well is worth stapling.
 */
import type { Buffer } from 'node:buffer'
import { DerReader, type DerValue, explicitTag, implicitTag, TAGS } from '../../lib/der-reader.ts'
import { type CertificateId, SHA1, type StapleSubject } from './certificate-id.ts'
import { isSignedFor } from './staple-signature.ts'

/** How it went, as metrics count it. */
export type StapleResult = 'good' | 'revoked' | 'unknown' | 'refused' | 'invalid' | 'unreachable'

/** An answer to staple until a moment in milliseconds since the epoch, or why there is none. */
export type StapleJudgement =
  | { readonly result: 'good'; readonly until: number }
  | { readonly result: Exclude<StapleResult, 'good'>; readonly reason: string }

/** Clocks of responders may be ahead. */
const SKEW_MS = 300_000
/** For answers that do not say when the next one comes (RFC 6960 section 4.2.2.1). */
const WITHOUT_END_MS = 3_600_000

const BASIC_RESPONSE = '2b0601050507300101'
const STATUSES = ['successful', 'malformedRequest', 'internalError', 'tryLater', '', 'sigRequired', 'unauthorized']

/** @param now milliseconds since the epoch. */
export function judgeResponse(der: Buffer, subject: StapleSubject, now: number): StapleJudgement {
  try {
    return judge(der, subject, now)
  } catch (error) {
    return invalid((error as Error).message)
  }
}

function judge(der: Buffer, subject: StapleSubject, now: number): StapleJudgement {
  const all = new DerReader(der)
  const response = all.inside(TAGS.sequence)
  all.end()
  const status = response.value(TAGS.enumerated).content[0] ?? 0
  if (status !== 0) return { result: 'refused', reason: `it answers ${STATUSES[status] || status}` }
  const bytes = response.inside(explicitTag(0)).inside(TAGS.sequence)
  if (bytes.value(TAGS.objectId).content.toString('hex') !== BASIC_RESPONSE) return invalid('its type is not known')
  const basic = bytes.inside(TAGS.octetString).inside(TAGS.sequence)
  const body = basic.value(TAGS.sequence)
  if (!isSignedFor(subject.issuer, { body: body.whole, rest: basic, now })) {
    return invalid('nobody signed it who may')
  }
  const single = singleFor(subject.id, new DerReader(body.content))
  return single === undefined ? invalid('it is about another certificate') : judgeSingle(single, now)
}

/** What is said of this one, behind its name. */
function singleFor(id: CertificateId, body: DerReader): DerReader | undefined {
  body.optional(explicitTag(0))
  // Who answers, and when that was.
  body.any()
  body.value(TAGS.generalizedTime)
  const singles = body.inside(TAGS.sequence)
  while (!singles.atEnd) {
    const single = singles.inside(TAGS.sequence)
    if (isNamed(id, single.inside(TAGS.sequence))) return single
  }
  return undefined
}

function isNamed({ issuerNameHash, issuerKeyHash, serial }: CertificateId, name: DerReader): boolean {
  const algorithm = name.inside(TAGS.sequence).value(TAGS.objectId).whole
  const [nameHash, keyHash] = [name.value(TAGS.octetString).content, name.value(TAGS.octetString).content]
  const number = name.value(TAGS.integer).content
  const isOfIssuer = algorithm.equals(SHA1) && nameHash.equals(issuerNameHash) && keyHash.equals(issuerKeyHash)
  return isOfIssuer && number.equals(serial)
}

function judgeSingle(single: DerReader, now: number): StapleJudgement {
  const { tag } = single.any()
  if (tag === explicitTag(1)) return { result: 'revoked', reason: 'the certificate is revoked' }
  if (tag !== implicitTag(0)) return { result: 'unknown', reason: 'the certificate is not known there' }
  const from = timeOf(single.value(TAGS.generalizedTime))
  const next = single.optional(explicitTag(0))
  const until = next === undefined ? from + WITHOUT_END_MS : timeOf(new DerReader(next.content).any())
  if (from > now + SKEW_MS) return invalid('it is of a time to come')
  if (until <= now) return invalid('its time is over')
  return { result: 'good', until }
}

/** @returns milliseconds since the epoch. */
function timeOf({ tag, content }: DerValue): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(content.toString('latin1'))
  if (tag !== TAGS.generalizedTime || parts === null) throw new Error('a time cannot be read')
  const [, year, month, ...rest] = parts.map(Number) as [number, number, number, number, number, number, number]
  return Date.UTC(year, month - 1, ...rest)
}

function invalid(reason: string): StapleJudgement {
  return { result: 'invalid', reason: `its answer cannot be used: ${reason}` }
}
