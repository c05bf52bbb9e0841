/**
 * Whether failures are those of a group of endpoints: a revision, a node or a zone that fails clearly more than all
 * other endpoints of its cluster. Pure.
 *
 * The test compares two proportions by R. G. Newcombe's hybrid score interval (Interval estimation for the difference
 * between independent proportions, Statistics in Medicine 17, 1998, method 10), which is sound for small numbers and for
 * proportions near 0 and 1 where the textbook interval is not. A group stands out where even the lower end of that
 * interval is a noticeable difference. At five standard deviations, chance alone does that once in some millions of
 * comparisons: there are a few for each Service and interval, all day long.
 *
 * Requests to one endpoint are not independent of each other, so that a single bad endpoint would make its group look
 * bad: a group has to stand out without its worst endpoint, too. One that has no other is no group, except for a
 * revision: the first Pod of a rollout is all that is known of it.
 */
import type { EndpointSpec } from '../../model/cluster.ts'

const DIMENSIONS = ['revision', 'node', 'zone'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** What one endpoint counted in one interval. */
export interface GroupObservation {
  readonly spec: Pick<EndpointSpec, Dimension>
  readonly requests: number
  readonly failures: number
}

/** A group, and those of the same cluster that are not in it. */
export interface Contrast {
  readonly by: Dimension
  readonly name: string
  readonly endpoints: number
  readonly group: Counted
  readonly others: Counted
}

export interface Counted {
  readonly requests: number
  readonly failures: number
}

/** In standard deviations. */
const CERTAINTY = 5
/** Less than that is not worth moving requests for. */
const NOTICEABLE = 0.05
/** How many times the part of the others: what all of them fail at is not the fault of some. */
const STANDS_OUT = 2
/** Fewer say too little of a group, whatever the test makes of them. */
const FEWEST_REQUESTS = 20

/** The group that stands out the most; `undefined` where none does. */
export function standout(seen: readonly GroupObservation[]): Contrast | undefined {
  const found = DIMENSIONS.flatMap((by) => {
    const names = new Set(seen.flatMap(({ spec }) => spec[by] ?? []))
    return [...names].flatMap((name) => {
      const contrast = standsOut(seen, by, name)
      return contrast === undefined ? [] : [{ contrast, certain: certainDifference(contrast) }]
    })
  })
  // Of groups that are the same endpoints, the first kind: a revision is what somebody can roll back.
  return found.reduce((best, each) => (each.certain > best.certain ? each : best), found[0]!)?.contrast
}

/** The contrast between a group and the others, where it stands out. */
function standsOut(seen: readonly GroupObservation[], by: Dimension, name: string): Contrast | undefined {
  const members = seen.filter(({ spec }) => spec[by] === name)
  const rest = seen.filter(({ spec }) => spec[by] !== name)
  if (members.length === 0 || rest.length === 0 || (members.length === 1 && by !== 'revision')) return undefined
  const others = count(rest)
  const contrast: Contrast = { by, name, endpoints: members.length, group: count(members), others }
  if (!isClear(contrast)) return undefined
  const worst = members.reduce((one, other) => (other.failures > one.failures ? other : one))
  const spared = members.filter((member) => member !== worst)
  return spared.length === 0 || isClear({ group: count(spared), others }) ? contrast : undefined
}

/**
 * Whether a group that stood out still fails as it looks: it takes proof to accuse it, and no more than that to go on.
 * @returns `undefined` where it had too few requests to tell.
 */
export function stillFails(seen: readonly GroupObservation[], by: Dimension, name: string): boolean | undefined {
  const group = count(seen.filter(({ spec }) => spec[by] === name))
  const others = count(seen.filter(({ spec }) => spec[by] !== name))
  if (group.requests < FEWEST_REQUESTS) return undefined
  return isMuch({ group, others }, partOf(group) - partOf(others))
}

function count(seen: readonly GroupObservation[]): Counted {
  return {
    requests: seen.reduce((sum, { requests }) => sum + requests, 0),
    failures: seen.reduce((sum, { failures }) => sum + failures, 0),
  }
}

type Pair = Pick<Contrast, 'group' | 'others'>

function isClear({ group, others }: Pair): boolean {
  if (group.requests < FEWEST_REQUESTS || others.requests < FEWEST_REQUESTS) return false
  return isMuch({ group, others }, certainDifference({ group, others }))
}

function isMuch({ group, others }: Pair, difference: number): boolean {
  return partOf(group) >= STANDS_OUT * partOf(others) && difference >= NOTICEABLE
}

export function partOf({ requests, failures }: Counted): number {
  return requests === 0 ? 0 : failures / requests
}

/** The lower end of the interval for the difference of two proportions. */
function certainDifference({ group, others }: Pair): number {
  const [mine, theirs] = [partOf(group), partOf(others)]
  const [lower] = scoreInterval(group)
  const [, upper] = scoreInterval(others)
  return mine - theirs - Math.hypot(mine - lower, upper - theirs)
}

/** E. B. Wilson's interval for one proportion (Journal of the American Statistical Association 22, 1927). */
function scoreInterval({ requests: n, failures }: Counted): readonly [lower: number, upper: number] {
  const z2 = CERTAINTY ** 2
  const middle = failures + z2 / 2
  const half = CERTAINTY * Math.sqrt((failures * (n - failures)) / n + z2 / 4)
  return [(middle - half) / (n + z2), (middle + half) / (n + z2)]
}
