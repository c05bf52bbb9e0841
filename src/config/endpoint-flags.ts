/** Options of what is done with endpoints that are new, and with those that fail; a BackendPolicy says more precisely. */
import { liveFlag } from './flag.ts'

const TIME = { value: 'DURATION' }
const COUNT = { value: 'N' }

export const ENDPOINT_FLAGS = {
  panicPercent: liveFlag('backendDefaults.loadBalancing.panicPercent', COUNT),
  preferEndpoints: liveFlag('backendDefaults.loadBalancing.prefer', { value: 'WHOM' }),
  nearLoad: liveFlag('backendDefaults.loadBalancing.nearLoad', COUNT),
  slowStartWindow: liveFlag('backendDefaults.slowStart.window', TIME),
  slowStartAggression: liveFlag('backendDefaults.slowStart.aggression', COUNT),
  slowStartMinWeightPercent: liveFlag('backendDefaults.slowStart.minWeightPercent', COUNT),
  outlierConsecutiveFaults: liveFlag('backendDefaults.outlierDetection.consecutiveFaults', COUNT),
  outlierConsecutiveGatewayErrors: liveFlag('backendDefaults.outlierDetection.consecutiveGatewayErrors', COUNT),
  outlierConsecutiveServerErrors: liveFlag('backendDefaults.outlierDetection.consecutive5xx', COUNT),
  outlierFailurePercent: liveFlag('backendDefaults.outlierDetection.failurePercent', COUNT),
  outlierLatencyFactor: liveFlag('backendDefaults.outlierDetection.latencyFactor', COUNT),
  outlierMinRequests: liveFlag('backendDefaults.outlierDetection.minRequests', COUNT),
  outlierInterval: liveFlag('backendDefaults.outlierDetection.interval', TIME),
  outlierBaseEjectionTime: liveFlag('backendDefaults.outlierDetection.baseEjectionTime', TIME),
  outlierMaxEjectionTime: liveFlag('backendDefaults.outlierDetection.maxEjectionTime', TIME),
  outlierMaxEjectedPercent: liveFlag('backendDefaults.outlierDetection.maxEjectedPercent', COUNT),
  outlierGroups: liveFlag('backendDefaults.outlierDetection.groups', { value: 'WHAT' }),
  outlierReturnTime: liveFlag('backendDefaults.outlierDetection.returnTime', TIME),
} as const
