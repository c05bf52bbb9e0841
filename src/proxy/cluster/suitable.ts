/** An endpoint for a request that the balancer's choice does not suit: it was asked before, or has too much to do. */
import type { Random } from '../../lib/random.ts'
import type { Candidate } from '../balance/picker.ts'
import type { Endpoint } from '../types.ts'

/** By weight and chance: there are few such requests, and balancers know one endpoint to avoid. */
export function pickSuitable(
  candidates: readonly Candidate[],
  suits: (endpoint: Endpoint) => boolean,
  random: Random,
): Endpoint | undefined {
  const left = candidates.filter(({ endpoint }) => suits(endpoint))
  let draw = random() * left.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = left.find(({ weight }) => {
    draw -= weight
    return draw < 0
  })
  return (drawn ?? left.at(-1))?.endpoint
}
