/**
 * Certificates of clients that an Ingress asks for on its hosts: who vouches for them, and what they have to be. What is
 * broken there closes the hosts: nobody who asked for certificates is served without.
 */
import { createHash } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import type { AuthorityName, AuthoritySpec } from '../../model/certificate.ts'
import type { FilterSpec } from '../../model/filter.ts'
import type { Origin } from '../../model/route.ts'
import type { ClientAuthSpec } from '../../model/server-name.ts'
import { type Secret, secretValue } from '../api/kubernetes/secret.ts'
import type { RouteValues } from '../api/route-policy.ts'
import { authoritiesOf } from './authorities.ts'
import type { Effective } from './layers.ts'
import type { Report } from './report.ts'
import type { View } from './view.ts'

export interface ClientAuth {
  readonly spec: ClientAuthSpec
  readonly authority: AuthoritySpec
  readonly filter: FilterSpec
  /** The same where the same is asked for. */
  readonly text: string
}

/** What an Ingress asks for; the reason where it cannot be had. */
export type AskedAuth = ClientAuth | { readonly refused: string } | undefined

/** Whether nobody who may pass by one would be stopped by the other. */
export function isSameAuth(a: AskedAuth, b: AskedAuth): boolean {
  return a === b || (a !== undefined && b !== undefined && 'text' in a && 'text' in b && a.text === b.text)
}

interface Asking {
  readonly namespace: string
  readonly rules: Effective<RouteValues>
  readonly view: Pick<View, 'secret'>
  readonly report: Report
}

export function clientAuthOf({ namespace, rules: { values, origins }, view, report }: Asking): AskedAuth {
  const mode = values['clientCertificates.mode']
  if (mode === 'off') return undefined
  const secretName = values['clientCertificates.secret']
  if (secretName === '') {
    const message = 'expected clientCertificates.secret beside it, with the authorities that vouch for clients'
    return refuse(report, origins['clientCertificates.mode'], 'ClientAuthorityMissing', message)
  }
  const name = `${namespace}/${secretName}` as AuthorityName
  const secret = view.secret(namespace, secretName)
  const found = secret === undefined ? { complaint: 'there is none that can be read' } : authorityOf(secret)
  if ('complaint' in found) {
    const message = `Secret ${name}, ${found.complaint}`
    return refuse(report, origins['clientCertificates.secret'], 'InvalidClientAuthority', message)
  }
  return clientAuth(name, found, values)
}

function refuse(report: Report, at: Origin, reason: string, message: string): AskedAuth {
  report.error(at, reason, `${message}; the hosts of this Ingress answer 503`)
  return { refused: reason }
}

function clientAuth(name: AuthorityName, { authority, digest }: Inspected, values: RouteValues): ClientAuth {
  const maxIntermediates = values['clientCertificates.maxIntermediates']
  const id = `${name}#${digest}#${maxIntermediates}`
  const filter = {
    kind: 'client-certificate',
    verifiedBy: id,
    mode: values['clientCertificates.mode'] as 'required' | 'optional' | 'unverified',
    subject: values['clientCertificates.subject'],
    names: values['clientCertificates.names'],
    forward: values['clientCertificates.forward'],
  } as const
  return { spec: { authority: name, id, maxIntermediates }, authority, filter, text: JSON.stringify(filter) }
}

interface Inspected {
  readonly authority: AuthoritySpec
  /** Of all of it, as text. */
  readonly digest: string
}

type Inspection = Inspected | { readonly complaint: string }

/** A Secret object never changes: a new one replaces it. */
const inspected = new WeakMap<Secret, Inspection>()

function authorityOf(secret: Secret): Inspection {
  return inspected.getOrInsertComputed(secret, inspect)
}

const PEM_LIST = /-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g
const DIGEST_LENGTH = 16

function inspect(secret: Secret): Inspection {
  const authorities = authoritiesOf(secret)
  if ('complaint' in authorities) return authorities
  const lists = secretValue(secret, 'ca.crl')
  if (lists === 'garbled') return { complaint: 'data["ca.crl"]: expected base64' }
  const ca = [authorities.pem]
  const crl = lists?.toString('latin1').match(PEM_LIST) ?? []
  if ((lists !== undefined && crl.length === 0) || !isUsable({ ca, crl })) {
    return { complaint: 'data["ca.crl"]: expected one or more revocation lists in PEM' }
  }
  const authority = { ca, crl }
  const digest = createHash('sha256').update(JSON.stringify(authority)).digest('hex').slice(0, DIGEST_LENGTH)
  return { authority, digest }
}

/** Whether the library that workers use takes it. */
function isUsable({ ca, crl }: { readonly ca: string[]; readonly crl: string[] }): boolean {
  try {
    createSecureContext({ ca, crl })
    return true
  } catch {
    return false
  }
}
