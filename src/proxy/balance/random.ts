/** Chance alone, in proportion to weight. Knows nothing, so there is nothing it could be wrong about. */
import type { Endpoint } from '../types.ts'
import type { Balancer, Candidate, Picker } from './picker.ts'
import { WeightedChoice } from './weighted-choice.ts'

export const random: Balancer = (candidates, facts) =>
  new RandomPicker(candidates, new WeightedChoice(weightsOf(candidates), facts.random))

export const weightsOf = (candidates: readonly Candidate[]): number[] => candidates.map(({ weight }) => weight)

class RandomPicker implements Picker {
  readonly #candidates: readonly Candidate[]
  readonly #choice: WeightedChoice

  constructor(candidates: readonly Candidate[], choice: WeightedChoice) {
    this.#candidates = candidates
    this.#choice = choice
  }

  pick(avoid: Endpoint | undefined): Endpoint | undefined {
    return drawOther(this.#candidates, this.#choice, avoid)?.endpoint
  }
}

/** Draws until it is another one; after a few failures, when the one to avoid has nearly all of the weight, its neighbour. */
const DRAWS = 4

export function drawOther(
  candidates: readonly Candidate[],
  choice: WeightedChoice,
  avoid: Endpoint | undefined,
): Candidate | undefined {
  if (candidates.length < 2) return candidates[0]
  let at = choice.draw()
  for (let draws = 1; draws < DRAWS && candidates[at]!.endpoint === avoid; draws++) at = choice.draw()
  const drawn = candidates[at]!
  return drawn.endpoint === avoid ? candidates[(at + 1) % candidates.length] : drawn
}
