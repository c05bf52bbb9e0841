/** Who of the candidates gets a request: what the balancer says, unless a cookie says otherwise. Replaced, never edited. */
import type { BalancerSpec } from '../../model/cluster.ts'
import { BALANCERS } from '../balance/balancers.ts'
import type { Candidate, Facts, Picker } from '../balance/picker.ts'
import type { Exchange } from '../exchange.ts'
import type { Endpoint } from '../types.ts'
import type { Sticky, StickyPickers } from './sticky.ts'

export interface AssignmentInit {
  readonly balancer: BalancerSpec
  /** What the balancer hashes, where it does. */
  readonly hash: ((exchange: Exchange) => number) | undefined
  readonly sticky: Sticky | undefined
  readonly facts: Facts
}

export class Assignment {
  readonly #picker: Picker
  readonly #hash: ((exchange: Exchange) => number) | undefined
  readonly #sticky: Sticky | undefined
  readonly #sticking: StickyPickers | undefined

  constructor(candidates: readonly Candidate[], { balancer, hash, sticky, facts }: AssignmentInit) {
    this.#picker = BALANCERS[balancer.kind](candidates, facts)
    this.#hash = hash
    this.#sticky = sticky
    if (sticky === undefined) return
    sticky.use(candidates)
    this.#sticking = { newcomers: this.#picker, sessions: BALANCERS.maglev(candidates, facts) }
  }

  pick(exchange: Exchange, avoid: Endpoint | undefined): Endpoint | undefined {
    if (this.#sticky !== undefined) return this.#sticky.pick(exchange, avoid, this.#sticking!)
    return this.#picker.pick(avoid, this.#hash === undefined ? 0 : this.#hash(exchange))
  }
}
