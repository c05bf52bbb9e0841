/**
 * Certificates that vouch for themselves: what a client gets that asks for a name nobody has a certificate for. Node
 * reads certificates but makes none; this is a profile of RFC 5280 with the few fields a server certificate needs.
 */
import { Buffer } from 'node:buffer'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bitString, explicit, implicit, integer, objectId, octetString, sequence, set, time, utf8 } from './der.ts'
import { secretBytes } from './random.ts'

export interface SelfSignedSpec {
  readonly commonName: string
  /** DNS names that it covers. */
  readonly names: readonly string[]
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
  readonly keyType?: 'ec' | 'rsa'
}

/** Certificate and private key, in PEM. */
export interface KeyedCertificate {
  readonly chain: string
  readonly key: string
}

const COMMON_NAME = '2.5.4.3'
const KEY_USAGE = '2.5.29.15'
const ALTERNATIVE_NAMES = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1'
const TRUE = Buffer.of(0x01, 0x01, 0xff)
const NULL = Buffer.of(0x05, 0x00)
/** digitalSignature, in a BIT STRING of one bit. */
const SIGNING_ONLY = Buffer.of(0x03, 0x02, 0x07, 0x80)
const DNS_NAME = 2
const VERSION_3 = 2
const SIGNATURES = {
  ec: sequence(objectId('1.2.840.10045.4.3.2')),
  rsa: sequence(objectId('1.2.840.113549.1.1.11'), NULL),
}

/** Makes a key and its certificate: ECDSA on P-256 unless asked otherwise, RSA with 2048 bits. */
export function selfSigned(spec: SelfSignedSpec): KeyedCertificate {
  const { keyType = 'ec' } = spec
  const { publicKey, privateKey } =
    keyType === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const body = bodyOf(spec, publicKey, SIGNATURES[keyType])
  const certificate = sequence(body, SIGNATURES[keyType], bitString(sign('sha256', body, privateKey)))
  return {
    chain: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function bodyOf({ commonName, names, from, until }: SelfSignedSpec, key: KeyObject, signature: Buffer): Buffer {
  const name = sequence(set(sequence(objectId(COMMON_NAME), utf8(commonName))))
  const alternatives = sequence(...names.map((each) => implicit(DNS_NAME, Buffer.from(each))))
  return sequence(
    explicit(0, integer(Buffer.of(VERSION_3))),
    // The first bit set keeps it from being zero; 16 bytes are well within the 20 that RFC 5280 allows.
    integer(Buffer.concat([Buffer.of(0x40), secretBytes(15)])),
    signature,
    name,
    sequence(time(from), time(until)),
    name,
    key.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      sequence(
        extension(BASIC_CONSTRAINTS, TRUE, sequence()),
        extension(KEY_USAGE, TRUE, SIGNING_ONLY),
        extension(EXTENDED_KEY_USAGE, Buffer.alloc(0), sequence(objectId(SERVER_AUTHENTICATION))),
        ...(names.length === 0 ? [] : [extension(ALTERNATIVE_NAMES, Buffer.alloc(0), alternatives)]),
      ),
    ),
  )
}

function extension(id: string, critical: Uint8Array, value: Uint8Array): Buffer {
  return sequence(objectId(id), critical, octetString(value))
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g)!
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
