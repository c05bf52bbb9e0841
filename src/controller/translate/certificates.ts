/** Whether TLS material is fit for use. A host whose material is not fails closed: it is not served at all. */
import type { Buffer } from 'node:buffer'
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { type Secret, secretValue } from '../api/kubernetes/secret.ts'

/** The only type of Secret that is meant for this (the API server checks its two keys). */
const TLS_TYPE = 'kubernetes.io/tls'

/** Parsing is most of the work of a translation, and a Secret object never changes: a new one replaces it. */
const verdicts = new WeakMap<Secret, { readonly complaint: string | undefined }>()

/** What is wrong with a TLS Secret, naming the field; `undefined` where nothing is. */
export function tlsComplaint(secret: Secret): string | undefined {
  const known = verdicts.get(secret)
  if (known !== undefined) return known.complaint
  const complaint = inspect(secret)
  verdicts.set(secret, { complaint })
  return complaint
}

function inspect(secret: Secret): string | undefined {
  if (secret.type !== TLS_TYPE) return `type: expected ${TLS_TYPE}, not ${secret.type ?? 'Opaque'}`
  const chain = secretValue(secret, 'tls.crt')
  const key = secretValue(secret, 'tls.key')
  for (const [name, value] of [['tls.crt', chain] as const, ['tls.key', key] as const]) {
    if (value === undefined) return `data["${name}"]: expected PEM, but there is none`
    if (value === 'garbled') return `data["${name}"]: expected base64`
  }
  return inspectPair(chain as Buffer, key as Buffer)
}

function inspectPair(chainPem: Buffer, keyPem: Buffer): string | undefined {
  const chain = parseChain(chainPem.toString('latin1'))
  if (chain === undefined) return 'data["tls.crt"]: expected one or more certificates in PEM'
  const key = parseKey(keyPem)
  if (key === undefined) return 'data["tls.key"]: expected a private key in PEM, without a passphrase'
  return chain[0]!.checkPrivateKey(key)
    ? undefined
    : 'data["tls.key"]: does not belong to the first certificate of tls.crt'
}

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

function parseKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}
