/** Options of a Service that say how something is done which is off: told to whoever said them. */
import { leavesOf } from '../../lib/schema.ts'
import type { ClusterValues } from '../api/backend-policy.ts'
import { HEALTH_OPTIONS } from '../api/health-options.ts'
import type { Layer } from './layers.ts'
import type { Report } from './report.ts'
import { hasLimits } from './resilience-spec.ts'

interface IdleRow {
  /** What is said in vain; the first of these that is there is where the warning goes. */
  readonly paths: readonly (keyof ClusterValues)[]
  readonly isIdle: (values: ClusterValues) => boolean
  /** Who says this knows what they do. */
  readonly unless?: keyof ClusterValues
  readonly reason: string
  readonly message: (values: ClusterValues) => string
}

const ROWS: readonly IdleRow[] = [
  {
    paths: ['loadBalancing.hashOn'],
    isIdle: (values) => values['loadBalancing.algorithm'] !== 'maglev',
    reason: 'HashWithoutEffect',
    message: (values) => `the algorithm is ${values['loadBalancing.algorithm']}, which hashes nothing; maglev does`,
  },
  {
    paths: ['slowStart.aggression', 'slowStart.minWeightPercent'],
    isIdle: (values) => values['slowStart.window'] === 0,
    reason: 'SlowStartOff',
    message: () => 'slow start is off as long as its window is 0; slowStart.window says how long',
  },
  {
    paths: leavesOf(HEALTH_OPTIONS).map(({ path }) => path as keyof ClusterValues),
    isIdle: (values) => values['healthCheck.kind'] === 'none',
    unless: 'healthCheck.kind',
    reason: 'HealthCheckOff',
    message: () => 'nothing is checked as long as the kind is none; healthCheck.kind says what',
  },
  {
    paths: ['limits.pending', 'limits.pendingTimeout'],
    isIdle: (values) => !hasLimits(values),
    reason: 'LimitsOff',
    message: () => 'nobody waits where there is no limit; limits.requests and its neighbours say how much',
  },
  {
    paths: ['holding.requests'],
    isIdle: (values) => values['holding.timeout'] === 0,
    reason: 'HoldingOff',
    message: () => 'nobody waits for a first endpoint as long as holding.timeout is 0',
  },
]

/** @param values what holds, with what is said. */
export function warnOfIdleOptions({ origins }: Layer<ClusterValues>, values: ClusterValues, report: Report): void {
  for (const { paths, isIdle, unless, reason, message } of ROWS) {
    const at = paths.map((path) => origins[path]).find((origin) => origin !== undefined)
    const isMeant = unless !== undefined && origins[unless] !== undefined
    if (at !== undefined && !isMeant && isIdle(values)) report.warning(at, reason, message(values))
  }
}
