/**
 * Who of the fit ones gets requests where near endpoints are asked for: those on our node first, then those in our
 * zone, then the others. A level gets less than all that is left for it
 *
 * * where too few of its endpoints are fit: 1.4 times the fit part of its weight, so that nothing leaves it before two
 *   of seven are missing, and then gradually (as Envoy's priority levels do it, by its overprovisioning factor);
 * * where it has too much to do: as many requests as `nearLoad` for each of its endpoints, of all that are under way at
 *   the cluster.
 *
 * Pure: the answer holds until loads are other ones.
 */
import type { EndpointSpec } from '../../model/cluster.ts'

/** What is known of an endpoint that serves. */
interface Neighbour {
  readonly spec: Pick<EndpointSpec, 'weight' | 'near'>
  /** Requests under way. */
  readonly inFlight: number
}

/** One that is fit. */
export interface Weighted<E> {
  readonly endpoint: E
  /** Greater than zero. */
  readonly weight: number
}

const LEVELS = ['node', 'zone', undefined] as const

const OVERPROVISIONING = 1.4
/** Shares are multiples of this, so that pickers are not made anew for every request more or less. */
const STEP = 1 / 20

/** @param nearLoad 0 is no limit. */
export function preferNear<E extends Neighbour>(
  fit: readonly Weighted<E>[],
  serving: readonly E[],
  nearLoad: number,
): readonly Weighted<E>[] {
  const demand = serving.reduce((sum, { inFlight }) => sum + inFlight, 0)
  const levels = LEVELS.map((level) => {
    const members = fit.filter(({ endpoint }) => endpoint.spec.near === level)
    const whole = serving.reduce((sum, { spec }) => sum + (spec.near === level ? spec.weight : 0), 0)
    return { members, weight: sumOf(members), whole }
  }).filter(({ members }) => members.length > 0)
  let left = 1
  const shares = levels.map(({ members, weight, whole }, i) => {
    const byHealth = (OVERPROVISIONING * weight) / whole
    const byLoad = nearLoad === 0 || demand === 0 ? 1 : (nearLoad * members.length) / demand
    const share = i === levels.length - 1 ? left : Math.min(left, inSteps(Math.min(byHealth, byLoad)))
    left -= share
    return share
  })
  // The nearest keep the weights that they have, and the others get theirs in proportion.
  const first = levels.findIndex((_, i) => shares[i]! > 0)
  return levels.flatMap(({ members, weight }, i) => {
    const factor = (shares[i]! * levels[first]!.weight) / (shares[first]! * weight)
    return factor > 0 ? members.map((each) => ({ endpoint: each.endpoint, weight: each.weight * factor })) : []
  })
}

function inSteps(share: number): number {
  return Math.max(STEP, Math.floor(share / STEP + 1e-9) * STEP)
}

function sumOf(members: readonly Weighted<unknown>[]): number {
  return members.reduce((sum, { weight }) => sum + weight, 0)
}
