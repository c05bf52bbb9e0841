/** Pickers: immutable views of who may get traffic now. They are replaced, never edited. */
import type { Random } from '../../lib/random.ts'
import type { Endpoint } from '../types.ts'

export interface Candidate {
  readonly endpoint: Endpoint
  /** Greater than zero. */
  readonly weight: number
}

export interface Picker {
  /** @param avoid picked only where there is no other. */
  pick(avoid: Endpoint | undefined): Endpoint | undefined
}

export type Balancer = (candidates: readonly Candidate[], random: Random) => Picker
