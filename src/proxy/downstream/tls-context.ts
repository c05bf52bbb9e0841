/** What OpenSSL goes by in a handshake with a client. */
import { constants, createHash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { AuthoritySpec, CertificateSpec } from '../../model/certificate.ts'
import { DEFAULT_TLS, type TlsCipher, type TlsSpec, versionOf } from '../../model/tls.ts'
import type { SessionTickets } from './session-tickets.ts'

export interface ContextSpec {
  /** At most one of each type of key; one at least. */
  readonly certificates: readonly CertificateSpec[]
  readonly tls: TlsSpec
  readonly tickets: SessionTickets
  /** Who vouches for clients, where they are asked for a certificate. */
  readonly authority?: AuthoritySpec
}

/** Seconds that a session can be resumed for. */
const SESSION_SECONDS = 3600
/** Longest name of what a session may be resumed under, in OpenSSL. */
const SESSION_CONTEXT_LENGTH = 32

/** A client that puts ChaCha20 first is one without AES in hardware. */
const OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA

/**
 * Who has to show a certificate shows it in each handshake: resuming one would skip what has changed since, such as a
 * revocation. 0-RTT needs no switch: Node does not offer it.
 * @throws Error where OpenSSL refuses the material.
 */
export function compileContext({ certificates, tls, tickets, authority }: ContextSpec): SecureContext {
  const { versions, curves } = tls
  const context = createSecureContext({
    cert: certificates.map(({ chain }) => chain),
    key: certificates.map(({ key }) => key),
    minVersion: versions.includes('1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: versions.includes('1.3') ? 'TLSv1.3' : 'TLSv1.2',
    ciphers: versions.flatMap((version) => ciphersOf(tls, version)).join(':'),
    ecdhCurve: curves.join(':'),
    honorCipherOrder: true,
    secureOptions: OPTIONS | (authority === undefined ? 0 : constants.SSL_OP_NO_TICKET),
    // OpenSSL resumes by what was agreed on before: a session must not carry that to a host with other settings.
    sessionIdContext: nameOf([tls, authority]),
    sessionTimeout: SESSION_SECONDS,
    ticketKeys: tickets.first,
    // Without a list OpenSSL would read those that Node knows, for nobody.
    ca: [...(authority?.ca ?? [])],
    crl: [...(authority?.crl ?? [])],
  })
  tickets.attach(context)
  return context
}

/** Specs are never changed, but replaced. */
const digests = new WeakMap<object, string>()

/** What tells a piece of configuration from others, the same for the same content. */
export function digestOf(spec: object): string {
  return digests.getOrInsertComputed(spec, (fresh) =>
    createHash('sha256').update(JSON.stringify(fresh)).digest('base64'),
  )
}

function nameOf(settings: unknown): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, SESSION_CONTEXT_LENGTH)
}

/** Those that hold for a version. */
export function ciphersOf({ ciphers }: TlsSpec, version: TlsSpec['versions'][number]): readonly TlsCipher[] {
  const ofVersion = (cipher: TlsCipher): boolean => versionOf(cipher) === version
  const named = ciphers.filter(ofVersion)
  return named.length > 0 ? named : DEFAULT_TLS.ciphers.filter(ofVersion)
}
