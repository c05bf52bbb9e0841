/** What a balancer may meet, each at three fifths of what the fleet can do. */
import type { Random } from '../../src/lib/random.ts'
import type { EndpointModel } from './fleet.ts'

export interface Scenario {
  readonly name: string
  readonly title: string
  readonly endpoints: readonly EndpointModel[]
}

const COUNT = 20
const SLOTS = 8
const MEAN_MS = 10
/** Milliseconds after which one endpoint becomes slow, where it does. */
const TROUBLE_MS = 5_000

/** Most answers are near the mean, a few far above. */
const exponential = (random: Random, mean: number): number => -Math.log(1 - random()) * mean
/** One in two hundred takes a hundred times as long. */
const longTailed = (random: Random, mean: number): number => (random() < 0.005 ? 100 : 0.5025) * mean

const fleet = (make: (n: number) => EndpointModel['work']): EndpointModel[] =>
  Array.from({ length: COUNT }, (_, n) => ({ slots: SLOTS, work: make(n) }))

export const SCENARIOS: readonly Scenario[] = [
  { name: 'alike', title: 'all alike', endpoints: fleet(() => (random) => exponential(random, MEAN_MS)) },
  {
    name: 'old',
    title: 'a quarter on machines half as fast',
    endpoints: fleet((n) => (random) => exponential(random, n % 4 === 0 ? 2 * MEAN_MS : MEAN_MS)),
  },
  {
    name: 'tail',
    title: 'one answer in two hundred takes a hundred times as long',
    endpoints: fleet(() => (random) => longTailed(random, MEAN_MS)),
  },
  {
    name: 'sick',
    title: 'one endpoint becomes ten times as slow',
    endpoints: fleet((n) => (random, now) => exponential(random, n === 0 && now > TROUBLE_MS ? 10 * MEAN_MS : MEAN_MS)),
  },
]

/** Requests a second that the fleet could just do if all were as fast as most. */
export const CAPACITY = (COUNT * SLOTS * 1000) / MEAN_MS
