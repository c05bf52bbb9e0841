/** Authorities, the certificates that they issue, and lists of those they take back (RFC 5280). */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  bitString,
  explicit,
  implicit,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  time,
  utf8,
} from '../../src/lib/der.ts'
import type { KeyedCertificate } from '../../src/lib/self-signed.ts'

const DAY_MS = 86_400_000
const TRUE = Buffer.of(1, 1, 0xff)
const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'))
export const USAGES = {
  client: '1.3.6.1.5.5.7.3.2',
  server: '1.3.6.1.5.5.7.3.1',
  ocsp: '1.3.6.1.5.5.7.3.9',
} as const
const URI = 6
/** RFC 6066. */
const STATUS_REQUEST = 5
const DNS = 2

export interface Wanted {
  readonly commonName: string
  readonly organization?: string
  readonly dns?: readonly string[]
  readonly uris?: readonly string[]
  /** That of a client unless given. */
  readonly usage?: keyof typeof USAGES
  /** Address of who answers for it (OCSP). */
  readonly responder?: string
  /** Tells clients to insist on an answer. */
  readonly mustStaple?: boolean
  /** Milliseconds since the epoch; a day from now unless given. */
  readonly until?: number
}

export class TestAuthority {
  readonly chain: string
  readonly #name: Buffer
  readonly #key: KeyObject
  #serial = 0

  /** One that vouches for itself, or is vouched for by another. */
  constructor(commonName: string, by?: TestAuthority) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#name = nameOf({ commonName })
    this.#key = privateKey
    const extensions = [extension('2.5.29.19', sequence(TRUE)), extension('2.5.29.15', Buffer.of(3, 2, 1, 6))]
    this.chain = (by ?? this).#sign(this.#name, publicKey, { extensions })
  }

  /** Its private key in PEM. */
  get key(): string {
    return this.#key.export({ type: 'pkcs8', format: 'pem' }) as string
  }

  issue(wanted: Wanted): KeyedCertificate {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const { dns = [], uris = [], usage = 'client', responder, mustStaple = false, until } = wanted
    const names = [
      ...dns.map((each) => implicit(DNS, Buffer.from(each))),
      ...uris.map((each) => implicit(URI, Buffer.from(each))),
    ]
    const extensions = [
      extension('2.5.29.37', sequence(objectId(USAGES[usage]))),
      ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
      ...(responder === undefined ? [] : [extension('1.3.6.1.5.5.7.1.1', accessTo(responder))]),
      ...(mustStaple ? [extension('1.3.6.1.5.5.7.1.24', sequence(integer(Buffer.of(STATUS_REQUEST))))] : []),
    ]
    const chain = this.#sign(nameOf(wanted), publicKey, { extensions, ...(until === undefined ? {} : { until }) })
    return { chain, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string }
  }

  /** @param serials of certificates, counted from 1 in the order of their issue; an authority's own is its first. */
  revoke(...serials: readonly number[]): string {
    const now = Date.now()
    const revoked = serials.map((serial) => sequence(integer(Buffer.of(serial)), time(now - 1000)))
    const body = sequence(
      integer(Buffer.of(1)),
      ECDSA_WITH_SHA256,
      this.#name,
      time(now - DAY_MS),
      time(now + DAY_MS),
      ...(revoked.length === 0 ? [] : [sequence(...revoked)]),
    )
    return this.#seal('X509 CRL', body)
  }

  #sign(subject: Buffer, key: KeyObject, { extensions, until = Date.now() + DAY_MS }: Terms): string {
    const body = sequence(
      explicit(0, integer(Buffer.of(2))),
      integer(Buffer.of(++this.#serial)),
      ECDSA_WITH_SHA256,
      this.#name,
      sequence(time(Date.now() - DAY_MS), time(until)),
      subject,
      key.export({ type: 'spki', format: 'der' }),
      explicit(3, sequence(...extensions)),
    )
    return this.#seal('CERTIFICATE', body)
  }

  #seal(label: string, body: Buffer): string {
    const der = sequence(body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, this.#key)))
    return `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trim()}\n-----END ${label}-----\n`
  }
}

interface Terms {
  readonly extensions: readonly Buffer[]
  readonly until?: number
}

function nameOf({ commonName, organization }: Pick<Wanted, 'commonName' | 'organization'>): Buffer {
  const part = (id: string, text: string) => set(sequence(objectId(id), utf8(text)))
  return sequence(...(organization === undefined ? [] : [part('2.5.4.10', organization)]), part('2.5.4.3', commonName))
}

function accessTo(responder: string): Buffer {
  return sequence(sequence(objectId('1.3.6.1.5.5.7.48.1'), implicit(URI, Buffer.from(responder))))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octetString(value))
}
