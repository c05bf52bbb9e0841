/**
 * Who may get requests now, and how much: the only place that knows draining, health, ejection, slow start, groups,
 * nearness and panic. Balancers
 * know weights and loads, and nothing of these. Pure: the answer holds until a verdict changes or `validUntil` passes.
 */
import {
  type ClusterSpec,
  DEFAULT_NEAR_LOAD,
  DEFAULT_OUTLIER,
  DEFAULT_PANIC_PERCENT,
  type EndpointSpec,
  type SlowStartSpec,
} from '../../model/cluster.ts'
import { preferNear, type Weighted } from './near.ts'

/** What is known of an endpoint. Times are monotonic milliseconds. */
export interface Standing {
  readonly spec: Pick<EndpointSpec, 'state' | 'weight' | 'near'>
  /** Since when it can serve. */
  readonly readyAt: number
  /** When its last ejection ends or ended; 0 where there was none. */
  readonly ejectedUntil: number
  /** Whether health checks say that it cannot serve. */
  readonly isUnhealthy: boolean
  /** Requests under way. */
  readonly inFlight: number
  /** What it gets of its weight, as one of a group that fails; up to 1. */
  readonly share: number
}

export interface FitnessSpec {
  readonly slowStart: SlowStartSpec | undefined
  /** Milliseconds in which one that was ejected gets its share back. */
  readonly returnMs: number
  /** Where more than this percent is ejected or unhealthy, the fault is not theirs: all are used. */
  readonly panicPercent: number
  /** Whether near endpoints go before the others. */
  readonly prefersNear: boolean
  /** Requests under way for each of them above which the others get what is over; 0 is no limit. */
  readonly nearLoad: number
}

type SpecOfFitness = Pick<ClusterSpec, 'slowStart' | 'outlier' | 'panicPercent' | 'nearLoad' | 'sticky'>

/** What a cluster asks for, with what holds where it asks for nothing. */
export function fitnessSpec(spec: SpecOfFitness): FitnessSpec {
  const {
    slowStart,
    outlier = DEFAULT_OUTLIER,
    panicPercent = DEFAULT_PANIC_PERCENT,
    nearLoad = DEFAULT_NEAR_LOAD,
  } = spec
  // A session stays where it is, whichever replica its client comes to.
  return { slowStart, returnMs: outlier.returnMs, panicPercent, nearLoad, prefersNear: spec.sticky === undefined }
}

export interface Fitness<E> {
  /** Weights are greater than zero. */
  readonly candidates: readonly Weighted<E>[]
  /** Fit as well, and left alone as long as nearer ones can take a request. */
  readonly farther: readonly Weighted<E>[]
  /** Monotonic milliseconds; infinity where nothing changes by itself. */
  readonly validUntil: number
}

/** How those come back that were ejected, where there is no slow start. */
const RETURN = { aggression: 1, minWeightPercent: 10 } as const

export function fitness<E extends Standing>(all: Iterable<E>, spec: FitnessSpec, now: number): Fitness<E> {
  const serving = servingOf([...all])
  const fit = serving.filter(({ ejectedUntil, isUnhealthy }) => ejectedUntil <= now && !isUnhealthy)
  const nextReturn = serving.reduce((next, { ejectedUntil: at }) => (at > now && at < next ? at : next), Infinity)
  const unfit = serving.length - fit.length
  if (fit.length === 0 || unfit * 100 > spec.panicPercent * serving.length) {
    return {
      candidates: serving.map((endpoint) => ({ endpoint, weight: endpoint.spec.weight })),
      farther: [],
      validUntil: nextReturn,
    }
  }
  const ramps = fit.map((endpoint) => rampOf(endpoint, spec, now))
  // Where everybody is young there is nobody who could take the load off the others.
  const apply = ramps.some((ramp) => ramp === undefined)
  const weighted = apply ? applyRamps(fit, ramps) : fit.map((endpoint) => ({ endpoint, weight: fullWeight(endpoint) }))
  const validUntil = ramps.reduce((next, ramp) => Math.min(next, ramp?.until ?? Infinity), nextReturn)
  if (!spec.prefersNear || serving.every(({ spec }) => spec.near === undefined)) {
    return { candidates: weighted, farther: [], validUntil }
  }
  const candidates = preferNear(weighted, serving, spec.nearLoad)
  const near = new Set(candidates.map(({ endpoint }) => endpoint))
  return {
    candidates,
    farther: weighted.filter(({ endpoint }) => !near.has(endpoint)),
    validUntil: spec.nearLoad === 0 ? validUntil : Math.min(validUntil, now + LOAD_MS),
  }
}

function fullWeight({ spec, share }: Standing): number {
  return spec.weight * share
}

/** Those that start slowly do so at the cost of the others, none of which gets more than this many times its part. */
const MOST_PARTS = 2

/** Where most of them are young, as towards the end of a rollout, all of these get more than the curve says. */
function applyRamps<E extends Standing>(fit: readonly E[], ramps: readonly (Ramp | undefined)[]): Weighted<E>[] {
  let [all, grown, growing] = [0, 0, 0]
  for (const [i, endpoint] of fit.entries()) {
    const weight = fullWeight(endpoint)
    const ramp = ramps[i]
    all += weight
    if (ramp === undefined) grown += weight
    else growing += weight * ramp.share
  }
  const more = Math.max(1, (all / MOST_PARTS - grown) / growing)
  return fit.map((endpoint, i) => {
    const ramp = ramps[i]
    const share = ramp === undefined ? 1 : Math.min(1, ramp.share * more)
    return { endpoint, weight: fullWeight(endpoint) * share }
  })
}

/** How long loads hold that were looked at. */
const LOAD_MS = 1_000

/** The ready ones; the draining ones only where nobody is ready, since an answer from them is better than none. */
function servingOf<E extends Standing>(all: readonly E[]): readonly E[] {
  const weighty = all.filter(({ spec }) => spec.weight > 0)
  const ready = weighty.filter(({ spec }) => spec.state === 'ready')
  return ready.length > 0 ? ready : weighty
}

/** A part of the full share, and until when it is near enough. */
interface Ramp {
  readonly share: number
  readonly until: number
}

/** `undefined` where an endpoint has its full share, as one that is neither new nor back from an ejection. */
function rampOf(
  { readyAt, ejectedUntil }: Standing,
  { slowStart, returnMs }: FitnessSpec,
  now: number,
): Ramp | undefined {
  const fresh = slowStart && ramp(slowStart, readyAt, now)
  const back =
    ejectedUntil === 0 ? undefined : ramp({ ...(slowStart ?? RETURN), windowMs: returnMs }, ejectedUntil, now)
  if (fresh === undefined || back === undefined) return fresh ?? back
  return fresh.share < back.share ? fresh : back
}

/** Steps are as long as the curve changes little: a twentieth of the age, within these bounds. */
const SHORTEST_STEP_MS = 100
const LONGEST_STEP_MS = 1_000

function ramp({ windowMs, aggression, minWeightPercent }: SlowStartSpec, from: number, now: number): Ramp | undefined {
  const age = Math.max(0, now - from)
  if (age >= windowMs) return undefined
  const share = Math.max(minWeightPercent / 100, (age / windowMs) ** (1 / aggression))
  const step = Math.min(Math.max(age / 20, SHORTEST_STEP_MS), LONGEST_STEP_MS)
  return { share, until: Math.min(now + step, from + windowMs) }
}
