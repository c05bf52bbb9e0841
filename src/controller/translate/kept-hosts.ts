/** All hosts, each put together from the stakes in it; one is put together again where a stake came, went or changed. */
import { MultiMap } from '../../lib/multi-map.ts'
import { compareText } from '../../model/problem.ts'
import type { HostPattern, RouteSpec } from '../../model/route.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { isSameTls, type TlsSpec } from '../../model/tls.ts'
import { byAge } from './age.ts'
import type { Claim } from './claims.ts'
import { ANY_HOST } from './hosts.ts'
import { secured } from './https.ts'
import type { KeptClusters } from './kept-clusters.ts'
import { mergeStakes } from './merge.ts'
import type { Wishes } from './operator.ts'
import type { Parts } from './parts.ts'
import { type PassedHost, passedHost, passedRoute } from './passthrough.ts'
import { Report } from './report.ts'
import { type ServedHost, type ServedName, ServerNames, servedNames } from './server-names.ts'
import type { Stake } from './stakes.ts'
import { tlsEntries } from './tls-entries.ts'

export interface HostsUpdate {
  /** Of the operator. */
  readonly wishes: Wishes
  /** How TLS is spoken where nobody says otherwise. */
  readonly tls: TlsSpec
  /** The port by which clients reach HTTPS. */
  readonly httpsPort: number
  readonly parts: Parts
  readonly clusters: KeptClusters
}

export class KeptHosts {
  readonly #stakes = new MultiMap<HostPattern, Stake>()
  readonly #known = new Set<HostPattern>()
  readonly #stale = new Set<HostPattern>()
  readonly #secured = new Map<HostPattern, readonly ServedHost[]>()
  /** Those whose TLS is ended by endpoints. */
  readonly #passed = new Set<HostPattern>()
  #servedNames: readonly ServedName[] | undefined
  #wishes: Wishes | undefined
  #tls: TlsSpec | undefined

  /** Hosts with certificates, in the order of their names; the same list where none came or went. */
  get servedNames(): readonly ServedName[] {
    this.#servedNames ??= servedNames([...this.#secured.values()].flat().sort((a, b) => compareText(a.host, b.host)))
    return this.#servedNames
  }

  /** @param before what an Ingress wanted until now. @param after what it wants from now on. */
  replace(before: readonly Stake[], after: readonly Stake[]): void {
    for (const stake of before) this.#stakes.delete(stake.host, stake)
    for (const stake of after) this.#stakes.add(stake.host, stake)
    for (const { host } of [...before, ...after]) this.#stale.add(host)
  }

  /** Puts all hosts together again that may be others now. */
  update(update: HostsUpdate): void {
    this.#obey(update)
    for (const host of [...this.#stale]) this.#settle(host)
    // A wildcard comes before the names under it, which may have to say that they are not part of it.
    while (this.#stale.size > 0) {
      const hosts = [...this.#stale].sort(compareText)
      this.#stale.clear()
      for (const host of hosts) this.#put(host, update)
    }
  }

  #obey({ wishes, tls }: HostsUpdate): void {
    if (this.#tls === undefined || !isSameTls(tls, this.#tls)) {
      for (const host of this.#secured.keys()) this.#stale.add(host)
      this.#tls = tls
    }
    if (wishes === this.#wishes) return
    if (wishes.lastResort !== this.#wishes?.lastResort) {
      for (const host of this.#stakes.keys()) this.#stale.add(host)
    }
    this.#stale.add(ANY_HOST)
    this.#wishes = wishes
  }

  /** Whether a host is known. Where a wildcard comes or goes, names under it may be served that were not, and vice versa. */
  #settle(host: HostPattern): void {
    const isKnown =
      (host === ANY_HOST && this.#wishes?.lastResort !== undefined) ||
      [...this.#stakes.get(host)].some((stake) => stake.isKnown)
    if (isKnown === this.#known.has(host)) return
    if (isKnown) this.#known.add(host)
    else this.#known.delete(host)
    if (!host.startsWith('*.')) return
    for (const each of this.#stakes.keys()) if (each.endsWith(host.slice(1))) this.#stale.add(each)
  }

  #put(host: HostPattern, { wishes, tls, httpsPort, parts, clusters }: HostsUpdate): void {
    const report = new Report()
    const stakes = [...this.#stakes.get(host)].sort((a, b) => byAge(a.ingress, b.ingress))
    const isKnown = this.#known.has(host)
    const claims = isKnown ? mergeStakes(stakes, wishes.lastResort?.(host), report) : []
    const names = new ServerNames(
      stakes.flatMap(({ wishes }) => wishes),
      this.#known,
      report,
    )
    const passed = passedHost(host, { stakes, claims }, report)
    const routes = claims.map((claim) =>
      passed === undefined ? routeOf(claim, names, httpsPort) : passedRoute(claim, passed, httpsPort),
    )
    this.#notePassed(host, passed?.spec !== undefined)
    const secured = passed === undefined ? securedBy(host, names, wishes) : passedThrough(host, passed, tls)
    this.#secure(host, secured)
    clusters.use(
      host,
      claims.flatMap(({ backends }) => backends),
    )
    parts.put(`host/${host}`, {
      entries: [
        ...(isKnown ? [entryOf('virtualHost', host, { host, routes }), ...this.#apartFromWildcard(host)] : []),
        ...tlsEntries(secured, tls, []),
      ],
      problems: report.problems,
    })
  }

  /** Names under a wildcard are put together anew where it begins or ends to be passed through. */
  #notePassed(host: HostPattern, isPassed: boolean): void {
    if (isPassed === this.#passed.has(host)) return
    if (isPassed) this.#passed.add(host)
    else this.#passed.delete(host)
    if (!host.startsWith('*.')) return
    for (const each of this.#stakes.keys()) if (each !== host && wildcardOf(each) === host) this.#stale.add(each)
  }

  /** A host that is served here does not go where the wildcard above it is passed to; what else is said of it is stronger. */
  #apartFromWildcard(host: HostPattern): readonly Entry[] {
    const wildcard = wildcardOf(host)
    return wildcard !== host && this.#passed.has(wildcard) ? [entryOf('serverName', host, { certificates: [] })] : []
  }

  #secure(host: HostPattern, secured: readonly ServedHost[]): void {
    if (secured.length === 0 && !this.#secured.has(host)) return
    this.#servedNames = undefined
    if (secured.length === 0) this.#secured.delete(host)
    else this.#secured.set(host, secured)
  }
}

function securedBy(host: HostPattern, names: ServerNames, { fallback }: Wishes): readonly ServedHost[] {
  return host === ANY_HOST ? withFallback(names.hosts(), fallback) : names.hosts()
}

function passedThrough(host: HostPattern, { spec, origin }: PassedHost, tls: TlsSpec): readonly ServedHost[] {
  if (spec === undefined) return []
  return [{ host, certificates: [], tls, auth: undefined, passthrough: spec, origin }]
}

function wildcardOf(host: HostPattern): HostPattern {
  return `*${host.slice(host.indexOf('.'))}` as HostPattern
}

/** Who asks for TLS without a certificate on all hosts gets that of the operator, as all others do. */
function withFallback(asked: readonly ServedHost[], fallback: ServedHost | undefined): readonly ServedHost[] {
  const [own] = asked
  if (fallback === undefined || (own !== undefined && own.certificates.length > 0)) return asked
  const { certificates, origin } = fallback
  return [own === undefined ? fallback : { ...own, certificates, origin }]
}

/** Where an Ingress asks for more than its host has, its own routes say that they are broken. */
function routeOf(claim: Claim, names: ServerNames, port: number): RouteSpec {
  const [mode, auth] = [names.mode(claim.host), names.auth(claim.host)]
  return mode === 'none' ? claim.route : secured(claim, { mode, auth, port })
}
