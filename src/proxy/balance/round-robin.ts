/**
 * Smooth weighted round robin: each turn everybody gains their weight, the richest is picked and pays the sum of all
 * weights. Heavier endpoints come more often but never in bursts (the algorithm of nginx's upstream module, described
 * in its commit message of 2012). Starts at a random place, so that workers do not march in step.
 */
import type { Endpoint } from '../types.ts'
import type { Balancer, Candidate, Picker } from './picker.ts'

export const roundRobin: Balancer = (candidates, random) => {
  const equal = candidates.every(({ weight }) => weight === candidates[0]!.weight)
  const start = Math.floor(random() * candidates.length)
  return equal ? new Rotation(candidates, start) : new SmoothRotation(candidates, start)
}

/** What the algorithm comes to when all weights are equal, at the price of an increment. */
class Rotation implements Picker {
  readonly #endpoints: readonly Endpoint[]
  #next: number

  constructor(candidates: readonly Candidate[], start: number) {
    this.#endpoints = candidates.map(({ endpoint }) => endpoint)
    this.#next = start
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    const picked = this.#turn()
    return picked === avoid && this.#endpoints.length > 1 ? this.#turn() : picked
  }

  #turn(): Endpoint | undefined {
    if (this.#next >= this.#endpoints.length) this.#next = 0
    return this.#endpoints[this.#next++]
  }
}

class SmoothRotation implements Picker {
  readonly #candidates: readonly Candidate[]
  readonly #credit: number[]
  readonly #total: number

  constructor(candidates: readonly Candidate[], start: number) {
    this.#candidates = candidates
    this.#credit = candidates.map(() => 0)
    this.#total = candidates.reduce((sum, { weight }) => sum + weight, 0)
    for (let i = 0; i < start; i++) this.pick(undefined)
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    let best = -1
    for (const [i, { endpoint, weight }] of this.#candidates.entries()) {
      this.#credit[i]! += weight
      if (endpoint === avoid && this.#candidates.length > 1) continue
      if (best < 0 || this.#credit[i]! > this.#credit[best]!) best = i
    }
    if (best < 0) return undefined
    this.#credit[best]! -= this.#total
    return this.#candidates[best]!.endpoint
  }
}
