/** Whether TLS material is fit for use, and for which hosts. What is not closes its host: see `tls.ts`. */
import { Buffer } from 'node:buffer'
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { CertificateName, CertificateSpec } from '../../model/certificate.ts'
import type { HostPattern } from '../../model/route.ts'
import { type Secret, secretValue } from '../api/kubernetes/secret.ts'
import { isPlainlyStrong } from './strength.ts'
import type { View } from './view.ts'

/** The only type of Secret that is meant for this (the API server checks its two keys). */
const TLS_TYPE = 'kubernetes.io/tls'

/** A certificate that can be served. */
export interface Certificate {
  readonly name: CertificateName
  readonly spec: CertificateSpec
  /** `ec`, `rsa`, …: a client verifies some of them. */
  readonly keyType: string
  /** Of the certificate itself, as people compare them. */
  readonly fingerprint: string
  /** It tells clients to insist on a stapled OCSP answer (RFC 7633). */
  readonly mustStaple: boolean
  /** Address of who can be asked whether it was revoked (RFC 5280 section 4.2.2.1); by plain HTTP, as answers are signed. */
  readonly responder: string | undefined
  /** What was said there, in base64. */
  readonly staple?: string
  /** Milliseconds since the epoch. */
  readonly validFrom: number
  readonly validTo: number
  /** Whether clients take it for this host, or for all hosts of a pattern. */
  covers(host: HostPattern): boolean
}

export type Inspected = Certificate | { readonly complaint: string }

/** Parsing is most of the work of a translation, and a Secret object never changes: a new one replaces it. */
const inspected = new WeakMap<Secret, Inspected>()

/** The certificate of a Secret, or what is wrong with it, naming the field; never a byte of a key. */
export function certificateOf(secret: Secret): Inspected {
  const known = inspected.get(secret)
  if (known !== undefined) return known
  const result = inspect(secret)
  inspected.set(secret, result)
  return result
}

function inspect(secret: Secret): Inspected {
  if (secret.type !== TLS_TYPE) return { complaint: `type: expected ${TLS_TYPE}, not ${secret.type ?? 'Opaque'}` }
  const chain = secretValue(secret, 'tls.crt')
  const key = secretValue(secret, 'tls.key')
  for (const [name, value] of [['tls.crt', chain] as const, ['tls.key', key] as const]) {
    if (value === undefined) return { complaint: `data["${name}"]: expected PEM, but there is none` }
    if (value === 'garbled') return { complaint: `data["${name}"]: expected base64` }
  }
  const { namespace, name } = secret.metadata
  return inspectPair(`${namespace}/${name}` as CertificateName, chain as Buffer, key as Buffer)
}

function inspectPair(name: CertificateName, chainPem: Buffer, keyPem: Buffer): Inspected {
  const chain = parseChain(chainPem.toString('latin1'))
  const [leaf] = chain ?? []
  if (chain === undefined || leaf === undefined) {
    return { complaint: 'data["tls.crt"]: expected one or more certificates in PEM' }
  }
  const key = parseKey(keyPem)
  if (key === undefined) return { complaint: 'data["tls.key"]: expected a private key in PEM, without a passphrase' }
  if (!leaf.checkPrivateKey(key)) {
    return { complaint: 'data["tls.key"]: does not belong to the first certificate of tls.crt' }
  }
  const spec = { chain: chain.join(''), key: keyText(keyPem, key) }
  const refusal = isPlainlyStrong(chain) ? undefined : refusalOf(spec)
  if (refusal !== undefined) return { complaint: `data["tls.crt"]: expected a stronger certificate: ${refusal}` }
  const [validFrom, validTo] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()]
  const [keyType, fingerprint] = [key.asymmetricKeyType ?? '', leaf.fingerprint256]
  const [mustStaple, responder] = [leaf.raw.includes(TLS_FEATURE), responderOf(leaf)]
  const facts = { keyType, fingerprint, mustStaple, responder, validFrom, validTo }
  return { name, spec, ...facts, covers: (host) => coversHost(spec.chain, host) }
}

/** With what is to be stapled to it now; the very same one where that is nothing. */
export function withStaple(certificate: Certificate, view: Pick<View, 'staple'>): Certificate {
  const staple = certificate.responder === undefined ? undefined : view.staple(certificate.fingerprint)
  return staple === undefined ? certificate : { ...certificate, staple }
}

function responderOf({ infoAccess }: X509Certificate): string | undefined {
  const url = /^OCSP - URI:(http:\/\/\S+)$/m.exec(infoAccess ?? '')?.[1]
  return url !== undefined && URL.canParse(url) ? url : undefined
}

/** Why the library that workers use would not take it, such as a short key; its texts hold no material. */
function refusalOf({ chain, key }: CertificateSpec): string | undefined {
  try {
    // An empty list of authorities spares OpenSSL from reading all those that Node knows.
    createSecureContext({ ca: [], cert: chain, key })
    return undefined
  } catch (error) {
    return (error as { reason?: string }).reason ?? 'it cannot be used'
  }
}

/**
 * As clients compare names (RFC 9525 section 6.3): a pattern is covered where any host of it is. Read again each time,
 * which is seldom: what was read would take ten times the room of the text.
 */
function coversHost(chain: string, host: HostPattern): boolean {
  const probe = host.startsWith('*.') ? `any-host-of-it${host.slice(1)}` : host
  return new X509Certificate(chain).checkHost(probe) !== undefined
}

/** Its object identifier in DER; its only use is to ask for stapling. */
const TLS_FEATURE = Buffer.from('06082b06010505070118', 'hex')

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

function parseChain(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(PEM_CERTIFICATE)
  if (blocks === null) return undefined
  try {
    return blocks.map((block) => new X509Certificate(block))
  } catch {
    return undefined
  }
}

/** Nothing around it; what RSA and EC keys are called where they are not PKCS #8, RFC 8017 and RFC 5915 say. */
const PEM_KEY = /^-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----\n[A-Za-z0-9+/=\n]+-----END \1-----\n*$/

/** As it is where it is a key and nothing else: writing it anew costs more than reading it. */
function keyText(pem: Buffer, key: KeyObject): string {
  const text = pem.toString('latin1')
  return PEM_KEY.test(text) ? text : (key.export({ type: 'pkcs8', format: 'pem' }) as string)
}

function parseKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}
