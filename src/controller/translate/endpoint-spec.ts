/** Slow start and ejection of one cluster, as the proxy is told of them: only what is not the default. */
import {
  type ClusterSpec,
  DEFAULT_NEAR_LOAD,
  DEFAULT_OUTLIER,
  DEFAULT_PANIC_PERCENT,
  type OutlierSpec,
} from '../../model/cluster.ts'
import type { ClusterValues } from '../api/backend-policy.ts'

export function endpointSpec(
  values: ClusterValues,
): Pick<ClusterSpec, 'slowStart' | 'outlier' | 'panicPercent' | 'nearLoad' | 'attribution'> {
  const windowMs = values['slowStart.window']
  const aggression = values['slowStart.aggression']
  const minWeightPercent = values['slowStart.minWeightPercent']
  const outlier = outlierSpec(values)
  const panicPercent = values['loadBalancing.panicPercent']
  const attribution = values['outlierDetection.groups']
  const nearLoad = values['loadBalancing.nearLoad']
  return {
    ...(windowMs === 0 ? {} : { slowStart: { windowMs, aggression, minWeightPercent } }),
    ...(isDefault(outlier) ? {} : { outlier }),
    ...(panicPercent === DEFAULT_PANIC_PERCENT ? {} : { panicPercent }),
    ...(attribution === 'down-weight' ? {} : { attribution }),
    ...(nearLoad === DEFAULT_NEAR_LOAD ? {} : { nearLoad }),
  }
}

function outlierSpec(values: ClusterValues): OutlierSpec {
  return {
    consecutiveFaults: values['outlierDetection.consecutiveFaults'],
    consecutiveGatewayErrors: values['outlierDetection.consecutiveGatewayErrors'],
    consecutive5xx: values['outlierDetection.consecutive5xx'],
    failurePercent: values['outlierDetection.failurePercent'],
    latencyFactor: values['outlierDetection.latencyFactor'],
    minRequests: values['outlierDetection.minRequests'],
    intervalMs: values['outlierDetection.interval'],
    baseEjectionMs: values['outlierDetection.baseEjectionTime'],
    maxEjectionMs: values['outlierDetection.maxEjectionTime'],
    maxEjectedPercent: values['outlierDetection.maxEjectedPercent'],
    returnMs: values['outlierDetection.returnTime'],
  }
}

function isDefault(spec: OutlierSpec): boolean {
  return (Object.keys(DEFAULT_OUTLIER) as (keyof OutlierSpec)[]).every((key) => spec[key] === DEFAULT_OUTLIER[key])
}
