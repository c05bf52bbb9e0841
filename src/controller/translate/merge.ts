/** From claims to routes of one host: who gets a path that several want, and what is left for the rest. */
import { compareText } from '../../model/problem.ts'
import type { RouteSpec } from '../../model/route.ts'
import type { Claim } from './claims.ts'
import { ANY_HOST } from './hosts.ts'
import type { Report } from './report.ts'
import type { Stake } from './stakes.ts'

/**
 * Stakes come in order of precedence: the first gets a path, the others are told. What an Ingress claims by a rule
 * goes before what anybody's default backend would catch, and that before the operator's default backend, which gets
 * what is left on every host.
 * @returns the claims that were granted, as they are matched.
 */
export function mergeStakes(
  stakes: readonly Pick<Stake, 'claims' | 'fallbacks'>[],
  lastResort: Claim | undefined,
  report: Report,
): readonly Claim[] {
  const table = new ClaimTable(report)
  for (const { claims } of stakes) for (const claim of claims) table.grant(claim)
  const ruled = new Set<Claim | undefined>(table.granted())
  for (const { fallbacks } of stakes) {
    for (const claim of fallbacks) if (!ruled.has(table.holder(claim))) table.grant(claim)
  }
  if (lastResort !== undefined && table.holder(lastResort) === undefined) table.grant(lastResort)
  return table.granted().sort(byPath)
}

class ClaimTable {
  readonly #report: Report
  readonly #claims = new Map<string, Claim>()

  constructor(report: Report) {
    this.#report = report
  }

  /** Who has what this claim wants. */
  holder({ route }: Claim): Claim | undefined {
    return this.#claims.get(pathKey(route))
  }

  grant(claim: Claim): void {
    const holder = this.holder(claim)
    if (holder === undefined) this.#claims.set(pathKey(claim.route), claim)
    else this.#tell(claim, holder)
  }

  granted(): Claim[] {
    return [...this.#claims.values()]
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
