/**
 * Which certificate a client is shown, and by which settings. Contexts of OpenSSL are compiled when a client first asks
 * for them, once for all names that are served alike: thousands of certificates delay no start, and a change of one
 * touches no other. A connection keeps the context it began with, so that a rotation ends none.
 */
import type { SecureContext } from 'node:tls'
import type { AuthoritySpec, CertificateSpec } from '../../model/certificate.ts'
import type { ClientAuthSpec, PassthroughSpec, ServerNameSpec } from '../../model/server-name.ts'
import { DEFAULT_TLS, type TlsSpec } from '../../model/tls.ts'
import type { HttpsSpec } from '../messages.ts'
import { hostOf } from './authority.ts'
import { NO_OFFERS, type Offers } from './client-hello.ts'
import { ContextCache } from './context-cache.ts'
import { choose } from './key-choice.ts'
import { SessionTickets } from './session-tickets.ts'
import { compileContext, digestOf } from './tls-context.ts'

const ANY = '*'
/** Of one worker, about 45 MiB. */
const MOST_CONTEXTS = 1000

/** How a client is served. */
export interface Serving {
  readonly context: SecureContext
  /** Where it is asked for a certificate of its own. */
  readonly clientAuth: ClientAuthSpec | undefined
  /** For clients that ask for it: what the responder of the certificate says of it (OCSP), in DER. */
  readonly staple: Buffer | undefined
}

/** Names that nobody has asked anything for. */
const UNKNOWN: ServerNameSpec = { certificates: [] }
/** One that is not there vouches for nobody. */
const NO_AUTHORITY: AuthoritySpec = { ca: [], crl: [] }

export class Certificates {
  readonly #specs = new Map<string, CertificateSpec>()
  readonly #staples = new Map<string, Buffer>()
  readonly #names = new Map<string, ServerNameSpec>()
  readonly #authorities = new Map<string, AuthoritySpec>()
  readonly #contexts: ContextCache
  readonly #tickets = new SessionTickets()
  #tls: TlsSpec = DEFAULT_TLS
  /** Of this process, where none are shared. */
  #ownTicketKey: Buffer | undefined
  #sharedTicketKeys: readonly Buffer[] = []
  #fallback: CertificateSpec | undefined

  /** @param mostContexts that are kept compiled. */
  constructor(mostContexts = MOST_CONTEXTS) {
    this.#contexts = new ContextCache(mostContexts)
  }

  /** HTTPS is to be served from now on. @throws Error where the fallback cannot be used. */
  open({ fallback, ticketKeys }: HttpsSpec): void {
    this.#ownTicketKey = Buffer.from(ticketKeys)
    this.#fallback = fallback
    this.#putTicketKeys()
    compileContext({ certificates: [fallback], tls: this.#tls, tickets: this.#tickets })
  }

  /** What holds for names that say nothing else. */
  configure(tls: TlsSpec): void {
    this.#tls = tls
  }

  /** @param keys in base64, shared with other processes; none where each has its own. */
  setTicketKeys(keys: readonly string[]): void {
    this.#sharedTicketKeys = keys.map((key) => Buffer.from(key, 'base64'))
    this.#putTicketKeys()
  }

  setCertificate(name: string, spec: CertificateSpec): void {
    this.removeCertificate(name)
    this.#specs.set(name, spec)
  }

  /** Its key does not stay in memory for what was compiled with it. */
  removeCertificate(name: string): void {
    const before = this.#specs.get(name)
    if (before !== undefined) this.#contexts.forget(digestOf(before))
    this.#specs.delete(name)
  }

  /** What a certificate is made of, where there is one of that name. */
  material(name: string): CertificateSpec | undefined {
    return this.#specs.get(name)
  }

  /** @param response in base64. */
  setStaple(name: string, response: string): void {
    this.#staples.set(name, Buffer.from(response, 'base64'))
  }

  removeStaple(name: string): void {
    this.#staples.delete(name)
  }

  setAuthority(name: string, spec: AuthoritySpec): void {
    this.#authorities.set(name, spec)
  }

  removeAuthority(name: string): void {
    this.#authorities.delete(name)
  }

  setName(pattern: string, spec: ServerNameSpec): void {
    this.#names.set(pattern, spec)
  }

  removeName(pattern: string): void {
    this.#names.delete(pattern)
  }

  /**
   * How to serve a client; to be asked for after `open`.
   * @param serverName the host that it names, or empty.
   * @param offers what it can do.
   * @throws Error where OpenSSL refuses the material: then only this host cannot be had by HTTPS.
   */
  serving(serverName: string, offers: Offers = NO_OFFERS): Serving {
    const spec = this.#specOf(serverName) ?? this.#names.get(ANY) ?? UNKNOWN
    const { tls = this.#tls, clientAuth } = spec
    const names = this.#narrowed(this.#namesOf(spec), offers, tls)
    const certificates = names.length > 0 ? this.#known(names) : [this.#fallback!]
    const authority = clientAuth && (this.#authorities.get(clientAuth.authority) ?? NO_AUTHORITY)
    const parts = [...certificates, tls, ...(authority === undefined ? [] : [authority])]
    const context = this.#contexts.get(parts.map(digestOf).join(), () =>
      compileContext({ certificates, tls, tickets: this.#tickets, ...(authority && { authority }) }),
    )
    // Which of two OpenSSL shows nobody knows, and an answer for the other one would be a wrong one.
    return { context, clientAuth, staple: names.length === 1 ? this.#staples.get(names[0]!) : undefined }
  }

  #putTicketKeys(): void {
    const [first = this.#ownTicketKey, ...others] = this.#sharedTicketKeys
    if (first === undefined) return
    this.#tickets.use([first, ...others])
    // The first is in them as well.
    this.#contexts.clear()
  }

  /** Of its own certificates, or of those for all names without any; none where there is neither. */
  #namesOf({ certificates }: ServerNameSpec): readonly string[] {
    const own = certificates.filter((name) => this.#specs.has(name))
    return own.length > 0 ? own : (this.#names.get(ANY)?.certificates ?? []).filter((name) => this.#specs.has(name))
  }

  /** To one of them, where something is stapled to any and it is plain which one is for the client. */
  #narrowed(names: readonly string[], offers: Offers, tls: TlsSpec): readonly string[] {
    if (names.length < 2 || !names.some((name) => this.#staples.has(name))) return names
    const chosen = choose(this.#known(names), offers, tls)
    return chosen === undefined ? names : names.filter((name) => this.#specs.get(name) === chosen)
  }

  /** Where connections for this host go as they are. */
  passthrough(serverName: string): PassthroughSpec | undefined {
    return this.#specOf(serverName)?.passthrough
  }

  /**
   * Whether a connection that was opened for one host must not be used for another one: they ask for different
   * certificates of clients, TLS is not ended here for the other one, or both have certificates of their own, and not the same. As things are now, not as they were when it was opened: a rotation parts nobody.
   */
  areApart(serverName: string, host: string): boolean {
    const [opened, asked] = [this.#specOf(serverName), this.#specOf(host)]
    if (this.#authOf(opened) !== this.#authOf(asked) || asked?.passthrough !== undefined) return true
    if (opened === undefined || asked === undefined || opened === asked) return false
    const [shown, wanted] = [this.#chainsOf(opened), this.#chainsOf(asked)]
    return shown !== '' && wanted !== '' && shown !== wanted
  }

  /** The name as an exact host, or by the wildcard of its first label. */
  #specOf(host: string): ServerNameSpec | undefined {
    const dot = host.indexOf('.')
    return this.#names.get(host) ?? (dot < 0 ? undefined : this.#names.get(`*${host.slice(dot)}`))
  }

  #authOf(spec: ServerNameSpec | undefined): string | undefined {
    return (spec ?? this.#names.get(ANY))?.clientAuth?.id
  }

  #known(names: readonly string[]): readonly CertificateSpec[] {
    return names.flatMap((name) => this.#specs.get(name) ?? [])
  }

  #chainsOf({ certificates }: ServerNameSpec): string {
    return this.#known(certificates)
      .map(({ chain }) => chain)
      .join('')
  }
}

/** The host that a client names in its handshake, as requests name it; empty where it is none (RFC 6066 section 3). */
export function serverNameOf(text: string): string {
  return text === '' || text.includes(':') ? '' : (hostOf(text) ?? '')
}
