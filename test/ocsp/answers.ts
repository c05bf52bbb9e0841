/** What a responder says (RFC 6960 section 4.2), in DER, with every lie that a test needs. */
import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { stapleSubject } from '../../src/controller/ocsp/certificate-id.ts'
import { bitString, explicit, implicit, integer, objectId, octetString, sequence } from '../../src/lib/der.ts'
import type { TestAuthority, Wanted } from '../proxy/pki.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const RESPONDER = 'http://ocsp.test/'

/** A certificate of an authority, with the issuer behind it, as cert-manager writes it. */
export function issued(authority: TestAuthority, wanted: Partial<Wanted> = {}) {
  const { chain, key } = authority.issue({
    ...{ commonName: 'app', dns: ['app.test'], usage: 'server', responder: RESPONDER },
    ...wanted,
  })
  return { chain: chain + authority.chain, key, ofIssuer: authority.key }
}

export interface Said {
  readonly chain: string
  /** Of the signature, in PEM. */
  readonly key: string
  /** Of who signs, where that is not the issuer. */
  readonly signer?: string
  readonly status?: 'good' | 'revoked' | 'unknown'
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until?: number
  readonly serial?: Buffer
}

export function answer({ chain, key, signer, status = 'good', from, until, serial }: Said): Buffer {
  const { id } = stapleSubject(chain)!
  const name = sequence(
    sequence(objectId('1.3.14.3.2.26'), Buffer.of(5, 0)),
    octetString(id.issuerNameHash),
    octetString(id.issuerKeyHash),
    integer(serial ?? id.serial),
  )
  const next = until === undefined ? [] : [explicit(0, generalizedTime(until))]
  const body = sequence(
    explicit(2, octetString(id.issuerKeyHash)),
    generalizedTime(from),
    sequence(sequence(name, statusOf(status, from), generalizedTime(from), ...next)),
  )
  const algorithm = sequence(objectId('1.2.840.10045.4.3.2'))
  const certificates = signer === undefined ? [] : [explicit(0, sequence(new X509Certificate(signer).raw))]
  const basic = sequence(body, algorithm, bitString(sign('sha256', body, keyOf(key))), ...certificates)
  return sequence(enumerated(0), explicit(0, sequence(objectId('1.3.6.1.5.5.7.48.1.1'), octetString(basic))))
}

/** A responder that does not answer the question. @param status such as 3: try later. */
export function refusal(status: number): Buffer {
  return sequence(enumerated(status))
}

function statusOf(status: NonNullable<Said['status']>, at: number): Buffer {
  if (status === 'revoked') return explicit(1, generalizedTime(at))
  return implicit(status === 'good' ? 0 : 2, Buffer.alloc(0))
}

function enumerated(value: number): Buffer {
  return Buffer.of(0x0a, 1, value)
}

function generalizedTime(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')
  return Buffer.concat([Buffer.of(0x18, text.length), Buffer.from(text)])
}

function keyOf(pem: string): KeyObject {
  return createPrivateKey(pem)
}
