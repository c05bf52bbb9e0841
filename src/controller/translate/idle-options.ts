/** Options of a Service that say how something is done which is off: told to whoever said them. */
import type { ClusterValues } from '../api/backend-policy.ts'
import type { Layer } from './layers.ts'
import type { Report } from './report.ts'

/** @param values what holds, with what is said. */
export function warnOfIdleOptions({ origins }: Layer<ClusterValues>, values: ClusterValues, report: Report): void {
  const hashed = origins['loadBalancing.hashOn']
  const algorithm = values['loadBalancing.algorithm']
  if (hashed !== undefined && algorithm !== 'maglev') {
    report.warning(hashed, 'HashWithoutEffect', `the algorithm is ${algorithm}, which hashes nothing; maglev does`)
  }
  const ramp = origins['slowStart.aggression'] ?? origins['slowStart.minWeightPercent']
  if (ramp !== undefined && values['slowStart.window'] === 0) {
    report.warning(ramp, 'SlowStartOff', 'slow start is off as long as its window is 0; slowStart.window says how long')
  }
  const check = Object.entries(origins).find(([path]) => path.startsWith('healthCheck.'))?.[1]
  const isSaid = origins['healthCheck.kind'] !== undefined
  if (check !== undefined && !isSaid && values['healthCheck.kind'] === 'none') {
    report.warning(
      check,
      'HealthCheckOff',
      'nothing is checked as long as the kind is none; healthCheck.kind says what',
    )
  }
}
