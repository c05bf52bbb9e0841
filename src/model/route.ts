/** What the proxy is asked to route. Plain JSON: no Map, RegExp, class, function or undefined member. */
import type { CanaryUse } from './canary.ts'
import type { WeightedCluster } from './cluster.ts'
import type { FilterSpec } from './filter.ts'

/** `example.com`, `*.example.com` or `*`; lower case, no port, no trailing dot. */
export type HostPattern = string & { readonly __brand: 'HostPattern' }

/** Where a piece of configuration came from. Travels with it into logs, metrics and status. */
export interface Origin {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Path of the field inside the object, as in `spec.rules[0].http.paths[1].path`. */
  readonly field?: string
  /** The file it was read from, where the source is a folder. */
  readonly file?: string
}

export interface VirtualHostSpec {
  readonly host: HostPattern
  readonly routes: readonly RouteSpec[]
}

export interface RouteSpec {
  /** Unique in the snapshot and stable over unrelated changes. */
  readonly id: string
  readonly match: MatchSpec
  readonly filters: readonly FilterSpec[]
  readonly action: ActionSpec
  /** Who is served longest where not all can be; absent, normal. */
  readonly priority?: Priority
  readonly origin: Origin
}

/** The lowest first. */
export const PRIORITIES = ['low', 'normal', 'high'] as const
export type Priority = (typeof PRIORITIES)[number]

export interface MatchSpec {
  /** Already normalised like the request's path will be. A prefix matches whole segments and has no trailing slash, except `/`. */
  readonly path: { readonly kind: 'exact' | 'prefix'; readonly value: string }
}

export type ActionSpec =
  | {
      readonly kind: 'forward'
      readonly clusters: readonly WeightedCluster[]
      readonly timeouts: TimeoutSpec
      readonly retry: RetrySpec
      /** Some of the requests go to variants instead. */
      readonly canary?: CanaryUse
    }
  | { readonly kind: 'reply'; readonly status: number; readonly reason: string }

/** Milliseconds; 0 switches a limit off. */
export interface TimeoutSpec {
  /** Until the TCP connection to the endpoint stands. */
  readonly connectMs: number
  /** Longest silence of the endpoint, before the head and between parts of the body. */
  readonly responseGapMs: number
  /** The whole request, retries included. */
  readonly requestMs: number
}

/** What is absent is as `DEFAULT_RETRY` has it. */
export interface RetrySpec {
  /** Attempts after the first one. */
  readonly attempts: number
  /** Milliseconds in which the answer to one attempt has to begin; without it an attempt has no limit of its own. */
  readonly attemptMs?: number
  /** Answers that are as good as none, where there may be another attempt. */
  readonly statuses?: readonly number[]
  /** Methods that are not idempotent are repeated as if they were. */
  readonly anyMethod?: boolean
  /** Bytes of a request body that are kept to be sent again; a longer one is sent once. */
  readonly bodyBytes?: number
}

/** Bodies of most API calls; what is kept for one request is no more than what a socket keeps for it anyway. */
export const DEFAULT_RETRY = { attempts: 2, statuses: [], anyMethod: false, bodyBytes: 64 * 1024 } as const
