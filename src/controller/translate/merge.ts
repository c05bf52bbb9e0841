/** From claims to virtual hosts: who gets a path that several want, and what is left for the rest. */
import { compareText } from '../../model/problem.ts'
import type { HostPattern, RouteSpec } from '../../model/route.ts'
import type { Claim } from './claims.ts'
import { ANY_HOST } from './hosts.ts'
import type { Draft } from './ingress.ts'
import type { Report } from './report.ts'

/** A host, and the claims on it that were granted, as they are matched. */
export interface MergedHost {
  readonly host: HostPattern
  readonly claims: readonly Claim[]
}

/** Makes the claim of the operator's default backend on a host. */
export type LastResort = (host: HostPattern) => Claim

export interface Merged {
  /** All hosts that are known, each with its claims, in the order of their names. */
  readonly hosts: readonly MergedHost[]
  /** The claims that became routes. */
  readonly granted: readonly Claim[]
}

/**
 * Drafts come in order of precedence: the first gets a path, the others are told. What an Ingress claims by a rule
 * goes before what anybody's default backend would catch, and that before the operator's default backend, which gets
 * what is left on every host. A host that is named is known: nothing of it falls to a wildcard.
 */
export function mergeDrafts(drafts: readonly Draft[], lastResort: LastResort | undefined, report: Report): Merged {
  const table = new ClaimTable(report)
  for (const { hosts } of drafts) for (const host of hosts) table.know(host)
  for (const { claims } of drafts) for (const claim of claims) table.grant(claim)
  const ruled = new Set<Claim | undefined>(table.granted())
  for (const { fallbacks } of drafts) {
    for (const claim of fallbacks) if (!ruled.has(table.holder(claim))) table.grant(claim)
  }
  if (lastResort !== undefined) table.fill(lastResort)
  return { hosts: table.hosts(), granted: table.granted() }
}

class ClaimTable {
  readonly #report: Report
  readonly #hosts = new Map<HostPattern, Map<string, Claim>>()

  constructor(report: Report) {
    this.#report = report
  }

  know(host: HostPattern): Map<string, Claim> {
    const known = this.#hosts.get(host)
    if (known !== undefined) return known
    const claims = new Map<string, Claim>()
    this.#hosts.set(host, claims)
    return claims
  }

  /** Who has what this claim wants. */
  holder({ host, route }: Claim): Claim | undefined {
    return this.#hosts.get(host)?.get(pathKey(route))
  }

  grant(claim: Claim): void {
    const holder = this.holder(claim)
    if (holder === undefined) this.know(claim.host).set(pathKey(claim.route), claim)
    else this.#tell(claim, holder)
  }

  fill(lastResort: LastResort): void {
    this.know(ANY_HOST)
    for (const host of this.#hosts.keys()) {
      const claim = lastResort(host)
      if (this.holder(claim) === undefined) this.grant(claim)
    }
  }

  granted(): readonly Claim[] {
    return [...this.#hosts.values()].flatMap((claims) => [...claims.values()])
  }

  hosts(): readonly MergedHost[] {
    const hosts = [...this.#hosts].sort(([a], [b]) => compareText(a, b))
    return hosts.map(([host, claims]) => ({ host, claims: [...claims.values()].sort(byPath) }))
  }

  #tell({ host, route }: Claim, holder: Claim): void {
    const { origin, match } = route
    const { namespace, name, field = '' } = holder.route.origin
    const what = `${match.path.kind} path ${match.path.value} on ${host === ANY_HOST ? 'all hosts' : host}`
    if (namespace === origin.namespace && name === origin.name) {
      this.#report.error(origin, 'DuplicatePath', `${what} is there already, as ${field}; this one is left out`)
    } else {
      const message = `${what} belongs to Ingress ${namespace}/${name}, which comes first by age and name; here it is left out`
      this.#report.error(origin, 'PathTaken', message)
    }
  }
}

function pathKey({ match }: RouteSpec): string {
  return `${match.path.kind} ${match.path.value}`
}

/** Exact before prefix, longer before shorter: as they are matched, and the same on every machine. */
function byPath({ route: left }: Claim, { route: right }: Claim): number {
  const [a, b] = [left.match.path, right.match.path]
  return compareText(a.kind, b.kind) || b.value.length - a.value.length || compareText(a.value, b.value)
}
