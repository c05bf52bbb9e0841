/** Options of how endpoints are asked for their health; a BackendPolicy says it for its Services. */
import { liveFlag } from './flag.ts'

const TIME = { value: 'DURATION' }
const COUNT = { value: 'N' }

export const HEALTH_FLAGS = {
  healthCheck: liveFlag('backendDefaults.healthCheck.kind', { value: 'KIND' }),
  healthCheckPort: liveFlag('backendDefaults.healthCheck.port', COUNT),
  healthCheckPath: liveFlag('backendDefaults.healthCheck.path', { value: 'PATH' }),
  healthCheckHost: liveFlag('backendDefaults.healthCheck.host', { value: 'HOST', shown: 'the address' }),
  healthCheckStatuses: liveFlag('backendDefaults.healthCheck.statuses', { value: 'RANGE,...' }),
  healthCheckService: liveFlag('backendDefaults.healthCheck.service', { value: 'NAME', shown: 'the server' }),
  healthCheckInterval: liveFlag('backendDefaults.healthCheck.interval', TIME),
  healthCheckTimeout: liveFlag('backendDefaults.healthCheck.timeout', TIME),
  healthCheckHealthyThreshold: liveFlag('backendDefaults.healthCheck.healthyThreshold', COUNT),
  healthCheckUnhealthyThreshold: liveFlag('backendDefaults.healthCheck.unhealthyThreshold', COUNT),
  healthCheckJitterPercent: liveFlag('backendDefaults.healthCheck.jitterPercent', COUNT),
} as const
