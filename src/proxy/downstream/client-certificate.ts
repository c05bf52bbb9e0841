/** What a client has shown in its handshake, and what it is worth. */
import type { X509Certificate } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import type { ClientAuthSpec } from '../../model/server-name.ts'
import type { ClientCertificate } from '../sides.ts'

/** More than any chain has; some are circles. */
const MOST_LINKS = 32

/** After the handshake. What cannot be told for sure has failed. */
export function clientCertificateOf(socket: TLSSocket, auth: ClientAuthSpec): ClientCertificate {
  const shown = socket.getPeerX509Certificate()
  const verifiedBy = auth.id
  if (shown === undefined) return { verifiedBy, verdict: 'NONE', subject: '', issuer: '', names: [], pem: '' }
  const failure = failureOf(socket) ?? lengthFailure(socket, auth)
  return {
    verifiedBy,
    verdict: failure === undefined ? 'SUCCESS' : `FAILED:${failure}`,
    subject: distinguishedName(shown.subject),
    issuer: distinguishedName(shown.issuer),
    names: namesOf(shown),
    pem: encodeURIComponent(shown.toString()),
  }
}

/**
 * What OpenSSL made of it. Node tells that to servers of its own alone (`authorized`), so that this asks a private part
 * of the socket; where it is not there any more, nobody is verified.
 */
function failureOf(socket: TLSSocket): string | undefined {
  const { _handle: handle } = socket as unknown as PrivateParts
  if (typeof handle?.verifyError !== 'function') return 'cannot be verified'
  const error = handle.verifyError()
  return error === null || error === undefined ? undefined : error.message
}

interface PrivateParts {
  readonly _handle: { readonly verifyError?: () => Error | null | undefined } | null
}

/** Node has no option for what OpenSSL calls the depth: the chain is counted that it verified. */
function lengthFailure(socket: TLSSocket, { maxIntermediates }: ClientAuthSpec): string | undefined {
  let intermediates = 0
  let link = socket.getPeerCertificate(true) as PeerCertificate & { readonly issuerCertificate?: PeerCertificate }
  for (let i = 0; i < MOST_LINKS; i++) {
    const issuer: typeof link | undefined = link.issuerCertificate
    if (issuer === undefined) return 'certificate chain is not complete'
    // One that vouches for itself is the end, and so is its own issuer.
    const isRoot = issuer === link || issuer.issuerCertificate === issuer
    if (isRoot) return intermediates > maxIntermediates ? 'certificate chain too long' : undefined
    intermediates++
    link = issuer
  }
  return 'certificate chain too long'
}

/**
 * RFC 4514 from what Node gives out: one line for each part, the most general one first, escaped as RFC 2253 asks, but
 * with letters beyond ASCII as they are.
 */
function distinguishedName(lines: string | undefined): string {
  const text = (lines ?? '').split('\n').reverse().join(',')
  return text.replace(/[^ -~]/gu, (letter) =>
    [...Buffer.from(letter)].map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}

/** `DNS:a.test, URI:spiffe://b, IP Address:127.0.0.1`; a name with a comma in it is in quotes, as JSON writes it. */
function namesOf({ subjectAltName }: X509Certificate): string[] {
  const kinds = /(?:DNS|URI|email|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g
  return [...(subjectAltName ?? '').matchAll(kinds)].map(([, name = '']) =>
    name.startsWith('"') ? unquoted(name) : name,
  )
}

function unquoted(name: string): string {
  try {
    return String(JSON.parse(name))
  } catch {
    return ''
  }
}
