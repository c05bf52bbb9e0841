/**
 * Decides which endpoints of a cluster are ejected, and until when; touches nothing. It runs in the supervisor, where
 * there is one judge for what all workers have seen, so that the bound on how many may be ejected is one, too.
 */
import type { OutlierSpec } from '../../model/cluster.ts'

/** What was seen of one endpoint that is ready. Times are monotonic milliseconds. */
export interface Observation {
  /** Attempts in a row that failed: by an answer of 500 and more, by 502, 503 or 504, by a fault; each counts the later ones too. */
  readonly streaks: readonly [serverErrors: number, gatewayErrors: number, faults: number]
  /** What was counted over the last interval; absent where none is over. */
  readonly interval?: Interval
  /** When its last ejection ends or ended; 0 where there was none. */
  readonly ejectedUntil: number
  /** How many there were in succession. */
  readonly ejections: number
}

export interface Interval {
  readonly successes: number
  readonly failures: number
  /** Mean of the successes. */
  readonly latencyMs: number
}

export type EjectionReason =
  | 'consecutive-faults'
  | 'consecutive-gateway-errors'
  | 'consecutive-5xx'
  | 'failure-percent'
  | 'latency'

export interface Verdict {
  /** Number of the observation. */
  readonly endpoint: number
  readonly until: number
  readonly ejections: number
  readonly reason: EjectionReason
}

interface Suspect {
  readonly endpoint: number
  readonly reason: EjectionReason
  /** Where not all can be ejected the worst are; streaks go before percentages, and those before slowness. */
  readonly badness: number
}

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  /** Numbers of those that come back before their time, to make room for others. */
  readonly pardons: readonly number[]
}

/** @param seen all endpoints of the cluster that are ready, ejected or not. */
export function judge(seen: readonly Observation[], spec: OutlierSpec, now: number): Judgement {
  const suspects = seen.flatMap((observation, endpoint): Suspect[] => {
    if (observation.ejectedUntil > now) return []
    const found = streak(observation, spec) ?? failing(endpoint, seen, spec) ?? slow(endpoint, seen, spec)
    return found === undefined ? [] : [{ endpoint, ...found }]
  })
  const most = mostEjected(seen.length, spec)
  const out = [...seen.keys()]
    .filter((endpoint) => seen[endpoint]!.ejectedUntil > now)
    .sort((a, b) => seen[a]!.ejectedUntil - seen[b]!.ejectedUntil)
  const room = Math.max(0, most - out.length)
  // Who fails now is worse than who failed a while ago and may be well again, and comes back with a small share if not.
  const wanted = Math.max(0, suspects.filter(isStreak).length - room)
  const pardons = most === 0 ? [] : out.filter((endpoint) => hasServed(seen[endpoint]!, spec, now)).slice(0, wanted)
  const verdicts = suspects
    .sort((a, b) => b.badness - a.badness)
    .slice(0, room + pardons.length)
    .map(({ endpoint, reason }) => ({ endpoint, reason, ...sentence(seen[endpoint]!, spec, now) }))
  return { verdicts, pardons }
}

/** Where all endpoints fail, none of them goes out and in again more often than this. */
const LEAST_SERVED_MS = 2_000

function hasServed({ ejectedUntil, ejections }: Observation, spec: OutlierSpec, now: number): boolean {
  return now - (ejectedUntil - lengthOf(ejections, spec)) >= LEAST_SERVED_MS
}

function isStreak({ badness }: Suspect): boolean {
  return badness >= STREAK
}

/** Where anybody may be ejected at all one may, whatever the percentage comes to; the last one never. */
function mostEjected(count: number, { maxEjectedPercent }: OutlierSpec): number {
  if (maxEjectedPercent === 0) return 0
  return Math.min(count - 1, Math.max(1, Math.floor((count * maxEjectedPercent) / 100)))
}

/** Longer each time, until one has been well for as long as the longest ejection. */
function sentence({ ejectedUntil, ejections: before }: Observation, spec: OutlierSpec, now: number) {
  const ejections = 1 + (now - ejectedUntil < spec.maxEjectionMs ? before : 0)
  return { ejections, until: now + lengthOf(ejections, spec) }
}

function lengthOf(ejections: number, { baseEjectionMs, maxEjectionMs }: OutlierSpec): number {
  return Math.min(baseEjectionMs * ejections, maxEjectionMs)
}

type Finding = Omit<Suspect, 'endpoint'> | undefined

/** More than any percentage. */
const STREAK = 1_000

function streak({ streaks: [serverErrors, gatewayErrors, faults] }: Observation, spec: OutlierSpec): Finding {
  const badness = STREAK + serverErrors
  const { consecutiveFaults, consecutiveGatewayErrors, consecutive5xx } = spec
  if (reached(faults, consecutiveFaults)) return { reason: 'consecutive-faults', badness }
  if (reached(gatewayErrors, consecutiveGatewayErrors)) return { reason: 'consecutive-gateway-errors', badness }
  return reached(serverErrors, consecutive5xx) ? { reason: 'consecutive-5xx', badness } : undefined
}

function reached(count: number, limit: number): boolean {
  return limit > 0 && count >= limit
}

/** How many times the percentage of the others: what all of them fail at is not the fault of one. */
const STANDS_OUT = 2

function failing(endpoint: number, seen: readonly Observation[], spec: OutlierSpec): Finding {
  const own = seen[endpoint]!.interval
  if (spec.failurePercent === 0 || own === undefined || requests(own) < spec.minRequests) return undefined
  const others = seen.flatMap(({ interval }, i) => (i === endpoint || interval === undefined ? [] : [interval]))
  const asked = others.reduce((sum, interval) => sum + requests(interval), 0)
  if (asked < spec.minRequests) return undefined
  const failed = others.reduce((sum, { failures }) => sum + failures, 0)
  const percent = (own.failures * 100) / requests(own)
  if (percent < Math.max(spec.failurePercent, (STANDS_OUT * failed * 100) / asked)) return undefined
  return { reason: 'failure-percent', badness: percent }
}

function requests({ successes, failures }: Interval): number {
  return successes + failures
}

/** Of two nobody can say which one is slow. */
const FEWEST_TO_COMPARE = 3
/** Multiples of next to nothing are next to nothing. */
const NOTICEABLE_MS = 10

function slow(endpoint: number, seen: readonly Observation[], spec: OutlierSpec): Finding {
  const own = seen[endpoint]!.interval
  if (spec.latencyFactor === 0 || own === undefined || own.successes < spec.minRequests) return undefined
  const known = seen.flatMap(({ interval }) => {
    return interval !== undefined && interval.successes >= spec.minRequests ? [interval.latencyMs] : []
  })
  if (known.length < FEWEST_TO_COMPARE) return undefined
  const median = known.sort((a, b) => a - b)[Math.floor((known.length - 1) / 2)]!
  const isSlow = own.latencyMs > median * spec.latencyFactor && own.latencyMs > median + NOTICEABLE_MS
  return isSlow ? { reason: 'latency', badness: 1 - median / own.latencyMs } : undefined
}
