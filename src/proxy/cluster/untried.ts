/** An endpoint that a request was not sent to yet, where the balancer came to one that it was sent to. */
import type { Random } from '../../lib/random.ts'
import type { Candidate } from '../balance/picker.ts'
import type { Endpoint } from '../types.ts'

/** By weight and chance: there are few such requests, and balancers know one endpoint to avoid. */
export function pickUntried(
  candidates: readonly Candidate[],
  tried: readonly Endpoint[],
  random: Random,
): Endpoint | undefined {
  const left = candidates.filter(({ endpoint }) => !tried.includes(endpoint))
  let draw = random() * left.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = left.find(({ weight }) => {
    draw -= weight
    return draw < 0
  })
  return (drawn ?? left.at(-1))?.endpoint
}
