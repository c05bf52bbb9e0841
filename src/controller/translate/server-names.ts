/**
 * Which name is served with which certificate. Who has a rule for a host comes before who only names it in `spec.tls`,
 * then the older Ingress, then the name. A host that somebody serves never gets the certificate of one who only names it:
 * nobody breaks the host of another.
 */
import { compareText } from '../../model/problem.ts'
import type { HostPattern, Origin } from '../../model/route.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import type { Certificate } from './certificates.ts'
import type { Report } from './report.ts'
import type { NameWish } from './tls.ts'

export interface ServedName {
  readonly host: HostPattern
  /** Who asked for it. */
  readonly origin: Origin
  readonly certificate: Certificate
}

export class ServerNames {
  readonly #chosen = new Map<HostPattern, NameWish>()
  readonly #report: Report

  /**
   * @param wishes in order of precedence of their Ingresses.
   * @param known hosts that are served, by whomever.
   */
  constructor(wishes: readonly NameWish[], known: ReadonlySet<HostPattern>, report: Report) {
    this.#report = report
    for (const wish of wishes) if (wish.ruled) this.#grant(wish)
    for (const wish of wishes) if (!wish.ruled && !isKnown(wish.host, known)) this.#grant(wish)
  }

  /** Whether a host is served by TLS: with a certificate of its own, or the default one. */
  mode(host: HostPattern): 'own' | 'default' | 'none' {
    const wish = this.#chosen.get(host)
    return wish === undefined ? 'none' : wish.certificate === undefined ? 'default' : 'own'
  }

  /** In the order of their hosts. */
  names(): readonly ServedName[] {
    const named = [...this.#chosen.values()].flatMap(({ host, certificate, origin }) =>
      certificate === undefined ? [] : [{ host, certificate, origin }],
    )
    return named.sort((a, b) => compareText(a.host, b.host))
  }

  #grant(wish: NameWish): void {
    const before = this.#chosen.get(wish.host)
    if (before?.certificate === undefined) {
      if (before === undefined || wish.certificate !== undefined) this.#chosen.set(wish.host, wish)
    } else if (wish.certificate !== undefined) this.#tell(wish, before.certificate)
  }

  /** Renewed by hand in one namespace alone, or simply forgotten: whoever asked should know. */
  #tell({ host, certificate, origin }: NameWish, winner: Certificate): void {
    if (certificate!.spec.chain === winner.spec.chain) return
    const message = `${host} is served with the certificate of Secret ${winner.name}, which comes first by age and name`
    this.#report.warning(origin, 'CertificateNotChosen', message)
  }
}

/** Certificates as texts, which are long: one that is as it was is not written again. */
const written = new WeakMap<Certificate, Entry>()

/** What workers need of it, each certificate once. */
export function certificateEntries(names: readonly ServedName[]): readonly Entry[] {
  const certificates = [...new Set(names.map(({ certificate }) => certificate))]
  return [
    ...certificates.sort((a, b) => compareText(a.name, b.name)).map(certificateEntry),
    ...names.map(({ host, certificate }) => entryOf('serverName', host, { certificate: certificate.name })),
  ]
}

function certificateEntry(certificate: Certificate): Entry {
  const before = written.get(certificate)
  if (before !== undefined) return before
  const entry = entryOf('certificate', certificate.name, certificate.spec)
  written.set(certificate, entry)
  return entry
}

function isKnown(host: HostPattern, known: ReadonlySet<HostPattern>): boolean {
  return known.has(host) || known.has(`*${host.slice(host.indexOf('.'))}` as HostPattern)
}
