/**
 * Power of two choices: of two candidates drawn by weight the cheaper one is picked (M. Mitzenmacher, "The Power of Two
 * Choices in Randomized Load Balancing", 2001). Nearly as even as looking at all of them, at a constant price, and
 * workers that see the same numbers do not all run to the same endpoint.
 */
import type { Endpoint } from '../types.ts'
import type { Balancer, Candidate, Facts, Picker } from './picker.ts'
import { drawOther, weightsOf } from './random.ts'
import { WeightedChoice } from './weighted-choice.ts'

/** What one more request would cost here; compared, never shown. */
type Cost = (candidate: Candidate, facts: Facts) => number

/** Fewest requests under way for its weight. */
export const leastRequest: Balancer = (candidates, facts) =>
  new LeastCostPicker(candidates, facts, ({ endpoint, weight }) => facts.load(endpoint) / weight)

/**
 * Latency times requests under way: what a newcomer would have to wait. An endpoint of which nothing is known yet
 * costs nothing as long as it has nothing to do, and more than any other once it has: its first answer decides
 * (as in Twitter's Finagle, whose balancer this is named after).
 */
export const peakEwma: Balancer = (candidates, facts) =>
  new LeastCostPicker(candidates, facts, ({ endpoint, weight }) => {
    const load = facts.load(endpoint) / weight
    const latency = facts.latency(endpoint)
    return latency === 0 ? UNKNOWN_MS * load : latency * (load + 1)
  })

/** Longer than any answer that is still waited for. */
const UNKNOWN_MS = 3_600_000

class LeastCostPicker implements Picker {
  readonly #candidates: readonly Candidate[]
  readonly #facts: Facts
  readonly #cost: Cost
  readonly #choice: WeightedChoice

  constructor(candidates: readonly Candidate[], facts: Facts, cost: Cost) {
    this.#candidates = candidates
    this.#facts = facts
    this.#cost = cost
    this.#choice = new WeightedChoice(weightsOf(candidates), facts.random)
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    const first = drawOther(this.#candidates, this.#choice, avoid)
    if (first === undefined || this.#candidates.length < 2) return first?.endpoint
    const second = drawOther(this.#candidates, this.#choice, first.endpoint)!
    if (second.endpoint === avoid) return first.endpoint
    // The first one where they cost the same: without load, everybody gets requests in proportion to weight.
    return this.#cost(second, this.#facts) < this.#cost(first, this.#facts) ? second.endpoint : first.endpoint
  }
}
