/** What one Ingress wants of one host: hosts are put together from stakes, each host for itself. */
import type { HostPattern } from '../../model/route.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import type { Claim } from './claims.ts'
import type { Draft } from './ingress.ts'
import type { NameWish } from './tls.ts'

export interface Stake {
  readonly host: HostPattern
  /** Whose it is. */
  readonly ingress: Ingress
  /** Whether it makes the host a known one: nothing of that falls to a wildcard. Who only wishes a name does not. */
  readonly isKnown: boolean
  readonly claims: readonly Claim[]
  /** For paths that no claim covers. */
  readonly fallbacks: readonly Claim[]
  /** What it asks of TLS. */
  readonly wishes: readonly NameWish[]
}

/** Each host once. */
export function stakesOf(ingress: Ingress, draft: Draft): readonly Stake[] {
  const claims = Map.groupBy(draft.claims, ({ host }) => host)
  const fallbacks = Map.groupBy(draft.fallbacks, ({ host }) => host)
  const wishes = Map.groupBy(draft.names, ({ host }) => host)
  const known = new Set([...draft.hosts, ...fallbacks.keys()])
  return [...known.union(new Set(wishes.keys()))].map((host) => ({
    host,
    ingress,
    isKnown: known.has(host),
    claims: claims.get(host) ?? [],
    fallbacks: fallbacks.get(host) ?? [],
    wishes: wishes.get(host) ?? [],
  }))
}
