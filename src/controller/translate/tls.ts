/**
 * `spec.tls` of one Ingress. A host with good material asks for its certificate; who gets a name that several ask for is
 * decided in `server-names.ts`. A host with bad material fails closed for this Ingress alone, so that nobody can take
 * down the host of another by naming it.
 */
import { quote } from '../../lib/schema.ts'
import type { HostPattern, Origin } from '../../model/route.ts'
import type { TlsSpec } from '../../model/tls.ts'
import type { Ingress, IngressTls } from '../api/kubernetes/ingress.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { RouteValues } from '../api/route-policy.ts'
import type { Refusal } from './backends.ts'
import { type Certificate, certificateOf, withStaple } from './certificates.ts'
import { type AskedAuth, clientAuthOf } from './client-auth.ts'
import { ANY_HOST, covers, parseHost } from './hosts.ts'
import type { Effective } from './layers.ts'
import type { Report } from './report.ts'
import { tlsOf } from './route-options.ts'
import type { View } from './view.ts'

/** What an Ingress asks for a name: a certificate, or to be served by TLS with the default one. */
export interface NameWish {
  readonly host: HostPattern
  readonly certificate: Certificate | undefined
  /** Whether the Ingress has a rule for just this host. Others may serve one that it only names. */
  readonly ruled: boolean
  /** How TLS is to be spoken for it. */
  readonly tls: TlsSpec
  /** What certificates clients are to show for it. */
  readonly auth: AskedAuth
  readonly origin: Origin
}

export interface TlsJudgement {
  readonly wishes: readonly NameWish[]
  /** What certificates clients are to show on its hosts. */
  readonly auth: AskedAuth
  /** Why a host of this Ingress must not be served; `undefined` where nothing speaks against it. */
  readonly refusal: (host: HostPattern) => Refusal | undefined
}

interface Judging {
  readonly view: Pick<View, 'secret' | 'staple'>
  readonly report: Report
  /** What holds for the routes of the Ingress. */
  readonly rules: Effective<RouteValues>
}

/** @param hosts of the rules. */
export function judgeTls(ingress: Ingress, hosts: readonly HostPattern[], judging: Judging): TlsJudgement {
  const auth = clientAuthOf({ ...judging, namespace: ingress.metadata.namespace })
  const entries = ingress.spec.tls.map((_, index) => new TlsEntry(ingress, index, { ...judging, auth }))
  const isNamed = (host: HostPattern): boolean => entries.some((entry) => entry.names(host))
  if (auth !== undefined)
    warnOfClearText(
      hosts.filter((host) => !isNamed(host)),
      judging,
    )
  return {
    auth,
    wishes: entries.flatMap((entry) => entry.wishes(hosts)),
    refusal: (host) => {
      const refused = entries.find((entry) => entry.refused !== undefined && entry.names(host))?.refused
      if (refused !== undefined) return { refused }
      if (auth === undefined) return undefined
      return 'refused' in auth ? auth : isNamed(host) ? undefined : { refused: WITHOUT_TLS }
    },
  }
}

const WITHOUT_TLS = 'ClientCertificatesWithoutTls'

/** Nobody can be asked for a certificate there. */
function warnOfClearText(hosts: readonly HostPattern[], { rules, report }: Judging): void {
  for (const host of hosts) {
    const message = `expected ${host} in spec.tls, where certificates of clients are asked for; its routes answer 503`
    report.error(rules.origins['clientCertificates.mode'], WITHOUT_TLS, message)
  }
}

class TlsEntry {
  /** Why it cannot be used. */
  readonly refused: string | undefined
  readonly #ingress: Ingress
  readonly #index: number
  readonly #tls: IngressTls
  readonly #report: Report
  readonly #settings: Pick<NameWish, 'tls' | 'auth'>
  readonly #certificate: Certificate | undefined

  constructor(ingress: Ingress, index: number, { view, report, rules, auth }: Judging & { readonly auth: AskedAuth }) {
    this.#ingress = ingress
    this.#index = index
    this.#tls = ingress.spec.tls[index]!
    this.#report = report
    this.#settings = { tls: tlsOf(rules.values), auth }
    const name = this.#tls.secretName ?? ''
    const found = name === '' ? undefined : this.#find(name, view)
    if (typeof found === 'string') this.refused = found
    else this.#certificate = found
  }

  /** An entry without hosts is for all of its Ingress. */
  names(host: HostPattern): boolean {
    return this.#isForAll || this.#tls.hosts.some((each) => covers(each, host))
  }

  /** @param hosts of the rules of the Ingress. */
  wishes(hosts: readonly HostPattern[]): NameWish[] {
    const others = this.#named().filter((host) => !hosts.includes(host))
    if (this.refused !== undefined) return []
    const ruled = hosts.filter((host) => this.names(host))
    return [...ruled.flatMap((host) => this.#wish(host, true)), ...others.flatMap((host) => this.#wish(host, false))]
  }

  get #isForAll(): boolean {
    return this.#tls.hosts.length === 0
  }

  #wish(host: HostPattern, ruled: boolean): NameWish[] {
    const origin = this.#at('')
    const certificate = this.#certificate
    const wish = { ...this.#settings, host, certificate, ruled, origin }
    if (certificate === undefined || certificate.covers(host)) return [wish]
    // For which of the hosts of an entry without any it is meant, only the certificate itself can say.
    if (this.#isForAll) return []
    const wanted = `expected a certificate that covers ${host}`
    const message = `Secret ${certificate.name}: ${wanted}; clients get the default certificate`
    this.#report.warning(this.#at('.secretName'), 'CertificateDoesNotFit', message)
    return [{ ...wish, certificate: undefined }]
  }

  /** The hosts of the entry; what is none is told. */
  #named(): readonly HostPattern[] {
    return this.#tls.hosts.flatMap((text, i) => {
      const parsed = parseHost(text)
      if ('host' in parsed && parsed.host !== ANY_HOST) return [parsed.host]
      const complaint = 'complaint' in parsed ? parsed.complaint : `${quote(text)}: expected a host name`
      this.#report.error(this.#at(`.hosts[${i}]`), 'InvalidHost', `${complaint}; it is left out`)
      return []
    })
  }

  /** @returns the reason where it cannot be used. */
  #find(name: string, view: Judging['view']): Certificate | string {
    const { namespace } = this.#ingress.metadata
    const secret = view.secret(namespace, name)
    if (secret === undefined)
      return this.#refuse('TlsSecretNotFound', `there is no Secret ${namespace}/${name} that can be read`)
    const found = certificateOf(secret)
    if ('complaint' in found) {
      return this.#refuse('InvalidTlsSecret', `Secret ${namespace}/${name}, ${found.complaint}`)
    }
    const served = withStaple(found, view)
    if (served.mustStaple && served.staple === undefined) {
      const message = `Secret ${found.name}: the certificate tells clients to insist on stapling (OCSP), and there is nothing to staple`
      this.#report.warning(this.#at('.secretName'), 'StaplingNotServed', message)
    }
    return served
  }

  #refuse(reason: string, message: string): string {
    const { hosts } = this.#tls
    const closed = this.#isForAll ? 'all hosts of this Ingress' : `requests of this Ingress for ${hosts.join(', ')}`
    this.#report.error(this.#at('.secretName'), reason, `${message}; ${closed} answer 503`)
    return reason
  }

  #at(field: string): Origin {
    return originOf(this.#ingress, `spec.tls[${this.#index}]${field}`)
  }
}
