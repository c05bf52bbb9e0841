/** A claim: one path on one host that somebody wants, and the route it would become. */
import type { FilterSpec } from '../../model/filter.ts'
import type { ActionSpec, HostPattern, Origin, RouteSpec } from '../../model/route.ts'
import type { RouteValues } from '../api/route-policy.ts'
import type { Backend, Refusal } from './backends.ts'
import type { CanaryRoute } from './canary-claims.ts'
import type { AskedAuth } from './client-auth.ts'
import type { PathMatch } from './paths.ts'
import { filtersOf, forwardOptions } from './route-options.ts'

export interface Claim {
  readonly host: HostPattern
  readonly route: RouteSpec
  /** Where the route forwards to, where it does: the primary, then the variants. */
  readonly backends: readonly Backend[]
  /** What its Ingress asks clients to show. */
  readonly asks: AskedAuth
  /** What holds for the route. */
  readonly values: RouteValues
}

export interface ClaimInit {
  readonly host: HostPattern
  readonly id: string
  readonly path: PathMatch
  readonly origin: Origin
  /** Those that come before what the values of the route ask for. */
  readonly filters?: readonly FilterSpec[]
  readonly canary?: CanaryRoute | undefined
  readonly asks?: AskedAuth
}

/** Something that a route needs is broken: it exists all the same, and says so. */
export function brokenAction(reason: string): ActionSpec {
  return { kind: 'reply', status: 503, reason }
}

export function claimOf(
  { host, id, path, origin, filters = [], canary, asks }: ClaimInit,
  target: Backend | Refusal,
  values: RouteValues,
): Claim {
  const backends = 'refused' in target ? [] : [target, ...(canary?.backends ?? [])]
  const action: ActionSpec =
    'refused' in target
      ? brokenAction(target.refused)
      : {
          kind: 'forward',
          clusters: [{ name: target.cluster, weight: 1 }],
          ...forwardOptions(values),
          ...(canary === undefined ? {} : { canary: canary.use }),
        }
  const { priority } = values
  const urgency = priority === 'normal' ? {} : { priority }
  const route = { id, match: { path }, filters: [...filters, ...filtersOf(values)], action, ...urgency, origin }
  return { host, route, backends, asks, values }
}
