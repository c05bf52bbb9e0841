/**
 * An endpoint for a request that the balancer's choice does not suit: it was asked before, takes no connections, or has
 * too much to do.
 */
import type { Random } from '../../lib/random.ts'
import type { Candidate } from '../balance/picker.ts'
import type { Endpoint } from '../types.ts'
import type { LiveEndpoint } from './endpoint.ts'

export interface Choices {
  readonly near: readonly Candidate[]
  /** Asked where nobody near suits. */
  readonly farther: readonly Candidate[]
  /** Of the cluster, fit or not, by their names. */
  readonly all: ReadonlyMap<string, LiveEndpoint>
  /** Whether an endpoint has room for one more. */
  readonly takes: (endpoint: Endpoint) => boolean
  /** Whether the request would be lost with an endpoint that is about to end. */
  readonly careful: boolean
  /** Monotonic milliseconds. */
  readonly now: number
  readonly random: Random
}

/** The endpoint that the balancer picked, or another where that does not suit; `undefined` where nobody has room. */
export function insteadOf(picked: Endpoint, tried: readonly Endpoint[], choices: Choices): Endpoint | undefined {
  const suits = (endpoint: Endpoint) => !tried.includes(endpoint) && choices.takes(endpoint)
  const suitsWell = (endpoint: Endpoint) => isReachable(endpoint, choices) && suits(endpoint)
  const suitsBest = (endpoint: Endpoint) => isSteady(endpoint, choices) && suitsWell(endpoint)
  if (suitsBest(picked)) return picked
  const best = choices.careful ? pickSuitable(choices, suitsBest) : undefined
  if (best !== undefined) return best
  if (suitsWell(picked)) return picked
  const other = pickSuitable(choices, suitsWell) ?? pickSuitable(choices, suits)
  // All that are fit have failed this request: rather than ask one again, another one is asked all the same.
  return (
    other ?? (tried.length > 0 ? leastUnfit(choices, suits) : undefined) ?? (choices.takes(picked) ? picked : undefined)
  )
}

/** Whether there is another than these that takes connections, as far as is known. */
export function hasOther(tried: readonly Endpoint[], choices: Choices): boolean {
  const suits = ({ endpoint }: Candidate) =>
    isReachable(endpoint, choices) && !tried.includes(endpoint) && choices.takes(endpoint)
  return choices.near.some(suits) || choices.farther.some(suits)
}

function isReachable({ unreachableUntil }: Endpoint, { now }: Choices): boolean {
  return unreachableUntil <= now
}

function isSteady({ unsteadyUntil }: Endpoint, { now }: Choices): boolean {
  return unsteadyUntil <= now
}

function pickSuitable({ near, farther, random }: Choices, suits: (endpoint: Endpoint) => boolean) {
  return draw(near, suits, random) ?? draw(farther, suits, random)
}

/** By weight and chance: there are few such requests, and balancers know one endpoint to avoid. */
function draw(
  candidates: readonly Candidate[],
  suits: (endpoint: Endpoint) => boolean,
  random: Random,
): Endpoint | undefined {
  const left = candidates.filter(({ endpoint }) => suits(endpoint))
  let at = random() * left.reduce((sum, { weight }) => sum + weight, 0)
  const drawn = left.find(({ weight }) => {
    at -= weight
    return at < 0
  })
  return (drawn ?? left.at(-1))?.endpoint
}

/** A healthy one whose ejection ends first. */
function leastUnfit({ all }: Choices, suits: (endpoint: Endpoint) => boolean): Endpoint | undefined {
  const others = [...all.values()].filter(
    (endpoint) => suits(endpoint) && endpoint.spec.state === 'ready' && endpoint.spec.weight > 0,
  )
  return others.sort((a, b) => {
    return Number(a.isUnhealthy) - Number(b.isUnhealthy) || a.ejectedUntil - b.ejectedUntil
  })[0]
}
