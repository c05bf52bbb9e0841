/** Limits on how often requests come, how many are under way, and how fast bodies pass, each by a key. */
import type { HashKey } from './cluster.ts'
import type { RequestMatch } from './request-match.ts'

/** What tells clients apart: parts of a request that all have to agree; none at all is one limit for everybody. */
export type RateKey = HashKey | 'host' | 'method' | `claim:${string}`

/** A table of its own, shared by all workers. */
export type RateLimitSpec =
  | {
      readonly kind: 'rate'
      readonly requests: number
      readonly perMs: number
      /** Requests that may come at once. */
      readonly burst: number
      /** It holds for all replicas together, and not for each. */
      readonly ofCluster?: true
      /** Keys that are told apart at a time; more share a limit. */
      readonly keys: number
    }
  | {
      readonly kind: 'concurrency'
      /** Requests that may be under way at a time. */
      readonly most: number
      readonly keys: number
    }
  | {
      readonly kind: 'bandwidth'
      /** Of bodies. */
      readonly bytesPerSecond: number
      readonly keys: number
    }

/** How a route asks it. */
export interface RateLimitUse {
  /** Name of the resource. */
  readonly limit: string
  readonly kind: RateLimitSpec['kind']
  readonly on: readonly RateKey[]
  /** Bits of the address of a client that count. */
  readonly networks: { readonly ipv4: number; readonly ipv6: number }
  /** Requests for which one counts. */
  readonly cost: number
  /** Field of the answer that says for how many it counts after all. */
  readonly costField?: string
  /** Whose body is meant, where it is of bandwidth: the answer's without it. */
  readonly direction?: 'request'
  /** Which requests are limited; all of them without it. */
  readonly when?: RequestMatch
}

/** How requests are refused, and what all of them are told. */
export interface LimitAnswer {
  readonly status: number
  readonly body?: { readonly contentType: string; readonly text: string }
  readonly fields: readonly LimitFields[]
}

export type LimitFields = 'RateLimit' | 'X-RateLimit'
