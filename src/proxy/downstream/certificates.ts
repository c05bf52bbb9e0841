/**
 * Which certificate a client is shown, and by which settings. Contexts of OpenSSL are compiled when a client first asks
 * for them, once for all names that are served alike: thousands of certificates delay no start, and a change of one
 * touches no other. A connection keeps the context it began with, so that a rotation ends none.
 */
import type { SecureContext } from 'node:tls'
import type { AuthoritySpec, CertificateSpec } from '../../model/certificate.ts'
import type { ClientAuthSpec, PassthroughSpec, ServerNameSpec } from '../../model/server-name.ts'
import { DEFAULT_TLS, isSameTls, TICKET_KEY_NAME_BYTES, type TlsSpec } from '../../model/tls.ts'
import type { HttpsSpec } from '../messages.ts'
import { hostOf } from './authority.ts'
import { compileContext } from './tls-context.ts'

const ANY = '*'
/** How a client is served. */
export interface Serving {
  readonly context: SecureContext
  /** Where it is asked for a certificate of its own. */
  readonly clientAuth: ClientAuthSpec | undefined
}

/** Names that nobody has asked anything for. */
const UNKNOWN: ServerNameSpec = { certificates: [] }

export class Certificates {
  readonly #specs = new Map<string, CertificateSpec>()
  readonly #names = new Map<string, ServerNameSpec>()
  readonly #authorities = new Map<string, AuthoritySpec>()
  /** By what they are made of, as text, and by the key of their tickets. */
  readonly #made = new Map<string, Map<Buffer, Serving>>()
  /** What was compiled with a certificate, by its name. */
  readonly #uses = new Map<string, Set<string>>()
  #tls: TlsSpec = DEFAULT_TLS
  /** The first seals, all open; those of this process where none are shared. */
  #ticketKeys: readonly Buffer[] = []
  #ownTicketKey: Buffer | undefined
  #fallback: CertificateSpec | undefined

  /** HTTPS is to be served from now on. @throws Error where the fallback cannot be used. */
  open({ fallback, ticketKeys }: HttpsSpec): void {
    this.#ownTicketKey = Buffer.from(ticketKeys)
    this.#fallback = fallback
    this.#made.clear()
    compileContext({ certificates: [fallback], tls: this.#tls, ticketKey: this.#ownTicketKey })
  }

  /** What holds for names that say nothing else. */
  configure(tls: TlsSpec): void {
    if (!isSameTls(tls, this.#tls)) this.#made.clear()
    this.#tls = tls
  }

  /** @param keys in base64, shared with other processes; none where each has its own. */
  setTicketKeys(keys: readonly string[]): void {
    this.#ticketKeys = keys.map((key) => Buffer.from(key, 'base64'))
    this.#made.clear()
  }

  setCertificate(name: string, spec: CertificateSpec): void {
    this.#specs.set(name, spec)
    this.#forget(name)
  }

  removeCertificate(name: string): void {
    this.#specs.delete(name)
    this.#forget(name)
  }

  /** What a certificate is made of, where there is one of that name. */
  material(name: string): CertificateSpec | undefined {
    return this.#specs.get(name)
  }

  setAuthority(name: string, spec: AuthoritySpec): void {
    this.#authorities.set(name, spec)
  }

  removeAuthority(name: string): void {
    this.#authorities.delete(name)
  }

  setName(pattern: string, spec: ServerNameSpec): void {
    this.removeName(pattern)
    this.#names.set(pattern, spec)
  }

  removeName(pattern: string): void {
    const before = this.#names.get(pattern)
    if (before === undefined) return
    // Other names may be served alike: for them it is compiled anew, and nothing is kept that no name asks for.
    if (pattern === ANY) this.#made.clear()
    else this.#drop(before)
    this.#names.delete(pattern)
  }

  /**
   * How to serve a client; to be asked for after `open`.
   * @param serverName the host that it names, or empty. @param ticketKeyName see `ClientHello`.
   * @throws Error where OpenSSL refuses the material: then only this host cannot be had by HTTPS.
   */
  serving(serverName: string, ticketKeyName: string): Serving {
    const spec = this.#specOf(serverName) ?? this.#names.get(ANY) ?? UNKNOWN
    const byKey = this.#made.getOrInsertComputed(this.#keyOf(spec), () => new Map())
    const ticketKey = this.#ticketKeyFor(ticketKeyName)
    return byKey.get(ticketKey) ?? this.#make(spec, byKey, ticketKey)
  }

  /** The one that the client's ticket was sealed with, or the first. Node takes one for a context. */
  #ticketKeyFor(name: string): Buffer {
    const [first = this.#ownTicketKey!, ...others] = this.#ticketKeys
    if (name === '' || others.length === 0) return first
    return others.find((key) => key.toString('latin1', 0, TICKET_KEY_NAME_BYTES) === name) ?? first
  }

  #make(spec: ServerNameSpec, byKey: Map<Buffer, Serving>, ticketKey: Buffer): Serving {
    const { tls = this.#tls, clientAuth } = spec
    const names = this.#namesOf(spec)
    const certificates = this.#known(names)
    const context = compileContext({
      certificates: certificates.length > 0 ? certificates : [this.#fallback!],
      tls,
      ticketKey,
      // One that is not there vouches for nobody.
      ...(clientAuth && { authority: this.#authorities.get(clientAuth.authority) ?? { ca: [], crl: [] } }),
    })
    const serving = { context, clientAuth }
    byKey.set(ticketKey, serving)
    const key = this.#keyOf(spec)
    for (const name of names) this.#uses.getOrInsertComputed(name, () => new Set()).add(key)
    return serving
  }

  #drop(spec: ServerNameSpec): void {
    const key = this.#keyOf(spec)
    this.#made.delete(key)
    for (const name of this.#namesOf(spec)) this.#uses.get(name)?.delete(key)
  }

  #keyOf(spec: ServerNameSpec): string {
    return JSON.stringify([this.#namesOf(spec), spec.tls, spec.clientAuth])
  }

  /** Its own certificates, or those for all names without any. */
  #namesOf({ certificates }: ServerNameSpec): readonly string[] {
    return this.#known(certificates).length > 0 ? certificates : (this.#names.get(ANY) ?? UNKNOWN).certificates
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

  /** What was compiled with a certificate is compiled anew when it is asked for. */
  #forget(name: string): void {
    for (const key of this.#uses.get(name) ?? []) this.#made.delete(key)
    this.#uses.delete(name)
  }
}

/** The host that a client names in its handshake, as requests name it; empty where it is none (RFC 6066 section 3). */
export function serverNameOf(text: string): string {
  return text === '' || text.includes(':') ? '' : (hostOf(text) ?? '')
}
