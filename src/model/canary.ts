/** Which of several Services a request of a route goes to: the one its Ingress names, or a variant of it. */
import type { ClusterName } from './cluster.ts'
import type { RequestMatch } from './request-match.ts'

/** The Service that the Ingress names; no variant can be called so. */
export const PRIMARY = 'primary'

/**
 * What decides where a client belongs: a cookie of our own, its address, the value of a header field or of a cookie, a
 * claim of the token that it shows.
 */
export type AssignmentKey = 'session' | 'client' | `header:${string}` | `cookie:${string}` | `claim:${string}`

/** Requests that go to a variant, whatever the weights are. */
export interface CanaryMatch extends RequestMatch {
  /** Name of a variant, or `PRIMARY`. */
  readonly variant: string
}

export interface WeightedVariant {
  readonly name: string
  /** Percent of the clients; the primary has what is left. */
  readonly weight: number
}

/** A resource of its own, by `namespace/policy`: weights change more often than routes. */
export interface CanarySpec {
  /** The first one that fits decides. */
  readonly matches: readonly CanaryMatch[]
  readonly key: AssignmentKey
  /** Where the key is `session`. */
  readonly cookie?: { readonly name: string; readonly maxAgeS: number }
  readonly variants: readonly WeightedVariant[]
  /** Copies of so many percent of the requests go to a shadow Service. */
  readonly mirror?: { readonly percent: number }
}

/** How a route uses it. */
export interface CanaryUse {
  /** Name of the resource. */
  readonly canary: string
  /** Where each variant leads; those that lead nowhere are left out, and the primary serves their clients. */
  readonly variants: readonly { readonly name: string; readonly cluster: ClusterName }[]
  /** Where copies of requests go. */
  readonly mirror?: ClusterName
}

/** What became of the requests of one variant, or of the primary. Counters grow, modulo 2^32. */
export interface VariantTally {
  readonly name: string
  readonly successes: number
  readonly failures: number
  /** Times to the head of the answer, by the buckets of `lib/log-buckets.ts`. */
  readonly latencies: readonly number[]
}

/** What one replica counted of a canary. */
export interface CanaryTally {
  /** Of the resource. */
  readonly name: string
  /** Another number is another count: it began at zero. */
  readonly series: number
  /** The primary first. */
  readonly variants: readonly VariantTally[]
}
