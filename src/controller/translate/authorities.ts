/** Authorities that a Secret or a ConfigMap names: certificates in PEM, of which at least one has to be readable. */
import type { Buffer } from 'node:buffer'
import { X509Certificate } from 'node:crypto'
import { type ConfigMap, type Secret, secretValue } from '../api/kubernetes/secret.ts'

const KEY = 'ca.crt'
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

export type Authorities = { readonly pem: string } | { readonly complaint: string }

/** Parsing is most of the work, and objects never change: a new one replaces them. */
const read = new WeakMap<Secret | ConfigMap, Authorities>()

/** The authorities of an object, or what is wrong with it, naming the field. */
export function authoritiesOf(object: Secret | ConfigMap): Authorities {
  return read.getOrInsertComputed(object, inspect)
}

function inspect(object: Secret | ConfigMap): Authorities {
  const value: Buffer | string | undefined = object.kind === 'Secret' ? secretValue(object, KEY) : object.data.get(KEY)
  if (value === undefined) return { complaint: `data["${KEY}"]: expected PEM, but there is none` }
  if (value === 'garbled') return { complaint: `data["${KEY}"]: expected base64` }
  const blocks = value.toString('latin1').match(PEM_CERTIFICATE)
  if (blocks === null || !blocks.every(isCertificate)) {
    return { complaint: `data["${KEY}"]: expected one or more certificates in PEM` }
  }
  return { pem: blocks.join('\n') }
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}
