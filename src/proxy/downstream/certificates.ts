/**
 * Which certificate a client is shown. Contexts of OpenSSL are compiled when a client first asks for them, once for each
 * certificate: thousands of certificates delay no start, and a change of one touches no other. A connection keeps the
 * context it began with, so that a rotation ends none.
 */
import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { CertificateSpec, ServerNameSpec } from '../../model/certificate.ts'
import type { HttpsSpec } from '../messages.ts'
import { hostOf } from './authority.ts'

/** Forward secrecy and authenticated encryption (RFC 9325 section 4.2); TLS 1.3 has nothing else. */
const TLS12_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
]
const TLS13_CIPHERS = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256']

/** 0-RTT needs no switch: Node does not offer it. */
const PROFILE = {
  minVersion: 'TLSv1.2',
  ciphers: [...TLS13_CIPHERS, ...TLS12_CIPHERS].join(':'),
  honorCipherOrder: true,
  // A client that puts ChaCha20 first is one without AES in hardware.
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_PRIORITIZE_CHACHA,
  sessionIdContext: 'sluice',
  /** Seconds that a session can be resumed for. */
  sessionTimeout: 3600,
} as const

const ANY = '*'

export class Certificates {
  readonly #specs = new Map<string, CertificateSpec>()
  readonly #contexts = new Map<string, SecureContext>()
  /** By host pattern, the name of a certificate. */
  readonly #names = new Map<string, string>()
  #ticketKeys: Buffer | undefined
  #fallback: SecureContext | undefined

  /** HTTPS is to be served from now on. @throws Error where the fallback cannot be used. */
  open({ fallback, ticketKeys }: HttpsSpec): void {
    this.#ticketKeys = Buffer.from(ticketKeys)
    this.#contexts.clear()
    this.#fallback = this.#compile(fallback)
  }

  setCertificate(name: string, spec: CertificateSpec): void {
    this.#specs.set(name, spec)
    this.#contexts.delete(name)
  }

  removeCertificate(name: string): void {
    this.#specs.delete(name)
    this.#contexts.delete(name)
  }

  /** What a certificate is made of, where there is one of that name. */
  material(name: string): CertificateSpec | undefined {
    return this.#specs.get(name)
  }

  setName(pattern: string, { certificate }: ServerNameSpec): void {
    this.#names.set(pattern, certificate)
  }

  removeName(pattern: string): void {
    this.#names.delete(pattern)
  }

  /** What a connection starts with, before the client has named a host; to be asked for after `open`. */
  get initial(): SecureContext {
    try {
      return this.#contextOf(this.#names.get(ANY))
    } catch {
      return this.#fallback!
    }
  }

  /**
   * What to show a client that names this host.
   * @throws Error where OpenSSL refuses the material: then only this host cannot be had by HTTPS.
   */
  contextFor(serverName: string): SecureContext {
    return this.#contextOf(this.#certificateOf(serverName) ?? this.#names.get(ANY))
  }

  /**
   * Whether a connection that was opened for one host must not be used for another one: both have certificates of
   * their own, and not the same. As things are now, not as they were when it was opened: a rotation parts nobody.
   */
  areApart(serverName: string, host: string): boolean {
    const [opened, asked] = [this.#certificateOf(serverName), this.#certificateOf(host)]
    if (opened === undefined || asked === undefined || opened === asked) return false
    return this.#specs.get(opened)?.chain !== this.#specs.get(asked)?.chain
  }

  /** The name as an exact host, or by the wildcard of its first label. */
  #certificateOf(host: string): string | undefined {
    return this.#names.get(host) ?? this.#names.get(`*${host.slice(host.indexOf('.'))}`)
  }

  #contextOf(name: string | undefined): SecureContext {
    const known = name === undefined ? this.#fallback : this.#contexts.get(name)
    if (known !== undefined) return known
    const spec = this.#specs.get(name!)
    if (spec === undefined) return this.#fallback!
    const context = this.#compile(spec)
    this.#contexts.set(name!, context)
    return context
  }

  #compile({ chain, key }: CertificateSpec): SecureContext {
    return createSecureContext({ ...PROFILE, cert: chain, key, ticketKeys: this.#ticketKeys })
  }
}

/** The host that a client names in its handshake, as requests name it; empty where it is none (RFC 6066 section 3). */
export function serverNameOf(text: string | null | false | undefined): string {
  if (typeof text !== 'string' || text.includes(':')) return ''
  return hostOf(text) ?? ''
}
