/** Pickers: immutable views of who may get traffic now. They are replaced, never edited. */
import type { Random } from '../../lib/random.ts'
import type { Endpoint } from '../types.ts'

export interface Candidate {
  readonly endpoint: Endpoint
  /** Greater than zero. */
  readonly weight: number
}

export interface Picker {
  /**
   * @param avoid picked only where there is no other.
   * @param hash  what requests that belong together have in common, a 32-bit number; only some pickers look at it.
   */
  pick(avoid: Endpoint | undefined, hash: number): Endpoint | undefined
}

/** What pickers may ask about endpoints. The answers change while the picker stays. */
export interface Facts {
  readonly random: Random
  /** Requests under way. */
  load(endpoint: Endpoint): number
  /** The same of all endpoints of the cluster together. */
  total(): number
  /** Recent latency in milliseconds, weighted towards its peaks; 0 where nothing is known yet. */
  latency(endpoint: Endpoint): number
}

export type Balancer = (candidates: readonly Candidate[], facts: Facts) => Picker
