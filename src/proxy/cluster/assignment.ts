/** Who of the candidates gets a request: what the balancer says, unless a cookie says otherwise. Replaced, never edited. */
import type { BalancerSpec } from '../../model/cluster.ts'
import { BALANCERS } from '../balance/balancers.ts'
import type { Candidate, Facts, Picker } from '../balance/picker.ts'

import type { Asking, Endpoint } from '../types.ts'
import type { Gate } from './gate.ts'
import type { Sticky } from './sticky.ts'

/** How many endpoints are looked at for a new session before it waits. */
const HOMES = 8

export interface AssignmentInit {
  readonly balancer: BalancerSpec
  /** What the balancer hashes, where it does. */
  readonly hash: ((exchange: Asking) => number) | undefined
  readonly sticky: Sticky | undefined
  /** Endpoints that are going away and may still be there. */
  readonly leaving: readonly Endpoint[]
  readonly facts: Facts
}

export class Assignment {
  readonly #picker: Picker
  readonly #hash: ((exchange: Asking) => number) | undefined
  readonly #sticky: Sticky | undefined

  constructor(candidates: readonly Candidate[], { balancer, hash, sticky, leaving, facts }: AssignmentInit) {
    // Sessions that are spread are spread by their hash, whatever the algorithm for other requests is.
    this.#picker = BALANCERS[sticky?.mode === 'balanced' ? 'maglev' : balancer.kind](candidates, facts)
    this.#hash = hash
    this.#sticky = sticky
    sticky?.use(candidates, leaving)
  }

  pick(exchange: Asking, avoid: Endpoint | undefined): Endpoint | undefined {
    const hash = this.#hash === undefined ? 0 : this.#hash(exchange)
    if (this.#sticky === undefined) return this.#picker.pick(avoid, hash)
    return this.#sticky.pick(exchange, { avoid, hash, picker: this.#picker })
  }

  /**
   * Where an endpoint has all it may: a session waits for it; one that has no endpoint yet is given another one, where
   * there is room, and a cookie that says so.
   */
  otherHome(exchange: Asking, full: Endpoint, gate: Pick<Gate, 'takes'>): Endpoint | undefined {
    let home: Endpoint | undefined = full
    for (let n = 1; n < HOMES && exchange.stickyCookie !== '' && home !== undefined; n++) {
      home = this.pick(exchange, home)
      if (home !== undefined && gate.takes(home)) return home
    }
    return undefined
  }
}

/** Whether an assignment of the one would be one of the other. */
export function areSame(a: readonly Candidate[], b: readonly Candidate[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ endpoint, weight }, i) => endpoint === b[i]!.endpoint && weight === b[i]!.weight)
  )
}
