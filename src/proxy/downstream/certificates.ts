/**
 * Which certificate a client is shown, and by which settings. Contexts of OpenSSL are compiled when a client first asks
 * for them, once for all names that are served alike: thousands of certificates delay no start, and a change of one
 * touches no other. A connection keeps the context it began with, so that a rotation ends none.
 */
import type { SecureContext } from 'node:tls'
import type { CertificateSpec, ServerNameSpec } from '../../model/certificate.ts'
import { DEFAULT_TLS, isSameTls, type TlsSpec } from '../../model/tls.ts'
import type { HttpsSpec } from '../messages.ts'
import { hostOf } from './authority.ts'
import { compileContext } from './tls-context.ts'

const ANY = '*'
/** Names that nobody has asked anything for. */
const UNKNOWN: ServerNameSpec = { certificates: [] }

export class Certificates {
  readonly #specs = new Map<string, CertificateSpec>()
  readonly #names = new Map<string, ServerNameSpec>()
  /** By what they are made of, as text. */
  readonly #contexts = new Map<string, SecureContext>()
  /** What was compiled with a certificate, by its name. */
  readonly #uses = new Map<string, Set<string>>()
  #tls: TlsSpec = DEFAULT_TLS
  #ticketKeys: Buffer | undefined
  #fallback: CertificateSpec | undefined

  /** HTTPS is to be served from now on. @throws Error where the fallback cannot be used. */
  open({ fallback, ticketKeys }: HttpsSpec): void {
    this.#ticketKeys = Buffer.from(ticketKeys)
    this.#fallback = fallback
    this.#contexts.clear()
    compileContext({ certificates: [fallback], tls: this.#tls, ticketKeys: this.#ticketKeys })
  }

  /** What holds for names that say nothing else. */
  configure(tls: TlsSpec): void {
    if (!isSameTls(tls, this.#tls)) this.#contexts.clear()
    this.#tls = tls
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

  setName(pattern: string, spec: ServerNameSpec): void {
    this.#names.set(pattern, spec)
  }

  removeName(pattern: string): void {
    this.#names.delete(pattern)
  }

  /**
   * What to show a client that names this host, or none where it is empty; to be asked for after `open`.
   * @throws Error where OpenSSL refuses the material: then only this host cannot be had by HTTPS.
   */
  contextFor(serverName: string): SecureContext {
    const { certificates: own, tls } = this.#specOf(serverName) ?? this.#names.get(ANY) ?? UNKNOWN
    const names = this.#known(own).length > 0 ? own : (this.#names.get(ANY) ?? UNKNOWN).certificates
    const key = JSON.stringify([names, tls])
    const before = this.#contexts.get(key)
    if (before !== undefined) return before
    const certificates = this.#known(names)
    const context = compileContext({
      certificates: certificates.length > 0 ? certificates : [this.#fallback!],
      tls: tls ?? this.#tls,
      ticketKeys: this.#ticketKeys!,
    })
    this.#contexts.set(key, context)
    for (const name of names) this.#uses.getOrInsertComputed(name, () => new Set()).add(key)
    return context
  }

  /**
   * Whether a connection that was opened for one host must not be used for another one: both have certificates of
   * their own, and not the same. As things are now, not as they were when it was opened: a rotation parts nobody.
   */
  areApart(serverName: string, host: string): boolean {
    const [opened, asked] = [this.#specOf(serverName), this.#specOf(host)]
    if (opened === undefined || asked === undefined || opened === asked) return false
    const [shown, wanted] = [this.#chainsOf(opened), this.#chainsOf(asked)]
    return shown !== '' && wanted !== '' && shown !== wanted
  }

  /** The name as an exact host, or by the wildcard of its first label. */
  #specOf(host: string): ServerNameSpec | undefined {
    return this.#names.get(host) ?? this.#names.get(`*${host.slice(host.indexOf('.'))}`)
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
    for (const key of this.#uses.get(name) ?? []) this.#contexts.delete(key)
    this.#uses.delete(name)
  }
}

/** The host that a client names in its handshake, as requests name it; empty where it is none (RFC 6066 section 3). */
export function serverNameOf(text: string): string {
  return text === '' || text.includes(':') ? '' : (hostOf(text) ?? '')
}
