/** Limits on how often requests come, each by a key. */
import type { HashKey } from './cluster.ts'

/** What tells clients apart: parts of a request that all have to agree; none at all is one limit for everybody. */
export type RateKey = HashKey | 'host' | 'method'

/** A table of its own, shared by all workers. */
export interface RateLimitSpec {
  readonly requests: number
  readonly perMs: number
  /** Requests that may come at once. */
  readonly burst: number
  /** Keys that are told apart at a time; more share a limit. */
  readonly keys: number
}

/** How a route asks it. */
export interface RateLimitUse {
  /** Name of the resource. */
  readonly limit: string
  readonly on: readonly RateKey[]
}
