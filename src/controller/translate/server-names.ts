/**
 * Which name is served with which certificates, and how. Who has a rule for a host comes before who only names it in
 * `spec.tls`, then the older Ingress, then the name. A host that somebody serves never gets the certificate of one who
 * only names it: nobody breaks the host of another.
 */
import { compareText } from '../../model/problem.ts'
import type { HostPattern, Origin } from '../../model/route.ts'
import type { PassthroughSpec } from '../../model/server-name.ts'
import { isSameTls, type TlsSpec } from '../../model/tls.ts'
import type { Certificate } from './certificates.ts'
import { type AskedAuth, isSameAuth } from './client-auth.ts'
import type { Report } from './report.ts'
import type { NameWish } from './tls.ts'

/** A host that is served by TLS. */
export interface ServedHost {
  readonly host: HostPattern
  /** Of one Ingress, with keys of different types; none where the default one is for it. */
  readonly certificates: readonly Certificate[]
  readonly tls: TlsSpec
  readonly auth: AskedAuth
  /** Where TLS is ended by endpoints. */
  readonly passthrough?: PassthroughSpec
  /** Who asked for it. */
  readonly origin: Origin
}

/** A certificate, and a host that it is served for. */
export interface ServedName {
  readonly host: HostPattern
  readonly origin: Origin
  readonly certificate: Certificate
}

interface Granted {
  /** The first one: its Ingress says how TLS is spoken. */
  readonly wish: NameWish
  /** The first one with a certificate, and others of its Ingress. */
  readonly certified: NameWish[]
}

/** Hosts that are served, by whomever. */
export interface KnownHosts {
  has(host: HostPattern): boolean
}

export class ServerNames {
  readonly #granted = new Map<HostPattern, Granted>()
  readonly #report: Report

  /**
   * @param wishes in order of precedence of their Ingresses; those for other names do not matter to a name.
   */
  constructor(wishes: readonly NameWish[], known: KnownHosts, report: Report) {
    this.#report = report
    for (const wish of wishes) if (wish.ruled) this.#grant(wish)
    for (const wish of wishes) if (!wish.ruled && !isKnown(wish.host, known)) this.#grant(wish)
  }

  /** Whether a host is served by TLS: with a certificate of its own, or the default one. */
  mode(host: HostPattern): 'own' | 'default' | 'none' {
    const granted = this.#granted.get(host)
    return granted === undefined ? 'none' : granted.certified.length === 0 ? 'default' : 'own'
  }

  /** What certificates clients have to show, whichever Ingress has the path. */
  auth(host: HostPattern): AskedAuth {
    return this.#granted.get(host)?.wish.auth
  }

  /** In the order of their names. */
  hosts(): readonly ServedHost[] {
    const hosts = [...this.#granted.values()].map(({ wish, certified }) => ({
      host: wish.host,
      certificates: certified.flatMap(({ certificate }) => certificate ?? []),
      tls: wish.tls,
      auth: wish.auth,
      origin: (certified[0] ?? wish).origin,
    }))
    return hosts.sort((a, b) => compareText(a.host, b.host))
  }

  #grant(wish: NameWish): void {
    const granted = this.#granted.getOrInsertComputed(wish.host, () => ({ wish, certified: [] }))
    if (granted.wish !== wish) this.#compare(wish, granted.wish)
    const { certificate } = wish
    if (certificate === undefined) return
    const [first] = granted.certified
    const ofKey = granted.certified.find((other) => other.certificate?.keyType === certificate.keyType)
    if (first === undefined || (ofKey === undefined && isOfSame(first, wish))) granted.certified.push(wish)
    else this.#tell(wish, (ofKey ?? first).certificate!)
  }

  /** How TLS is spoken is decided before it is known who asks for which path. */
  #compare({ host, tls, auth, origin }: NameWish, winner: NameWish): void {
    const { namespace, name } = winner.origin
    const first = `of Ingress ${namespace}/${name}, which comes first by age and name`
    if (!isSameTls(tls, winner.tls)) {
      this.#report.warning(origin, 'TlsSettingsNotChosen', `${host} is served by the settings for TLS ${first}`)
    }
    if (auth === undefined || isSameAuth(auth, winner.auth)) return
    const message = `${host} asks clients for the certificates ${first}; routes that ask for others answer 503`
    this.#report.error(origin, 'ClientCertificatesNotChosen', message)
  }

  /** Renewed by hand in one namespace alone, or simply forgotten: whoever asked should know. */
  #tell({ host, certificate, origin }: NameWish, winner: Certificate): void {
    if (certificate!.spec.chain === winner.spec.chain) return
    const message = `${host} is served with the certificate of Secret ${winner.name}, which comes first by age and name`
    this.#report.warning(origin, 'CertificateNotChosen', message)
  }
}

/** Each certificate with each host that it is for. */
export function servedNames(hosts: readonly ServedHost[]): readonly ServedName[] {
  return hosts.flatMap(({ host, origin, certificates }) =>
    certificates.map((certificate) => ({ host, origin, certificate })),
  )
}

function isOfSame({ origin: a }: NameWish, { origin: b }: NameWish): boolean {
  return a.namespace === b.namespace && a.name === b.name
}

function isKnown(host: HostPattern, known: KnownHosts): boolean {
  return known.has(host) || known.has(`*${host.slice(host.indexOf('.'))}` as HostPattern)
}
