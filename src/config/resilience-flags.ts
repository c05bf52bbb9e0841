/** Options of retries and of what protects a service; policies say more precisely. */
import { liveFlag } from './flag.ts'

const TIME = { value: 'DURATION' }
const COUNT = { value: 'N' }

export const RESILIENCE_FLAGS = {
  retryAttempts: liveFlag('routeDefaults.retry.attempts', COUNT),
  retryAttemptTimeout: liveFlag('routeDefaults.retry.attemptTimeout', TIME),
  retryOnStatus: liveFlag('routeDefaults.retry.onStatus', { value: 'STATUS,...', shown: 'none' }),
  retryAnyMethod: liveFlag('routeDefaults.retry.anyMethod'),
  retryBodyBuffer: liveFlag('routeDefaults.retry.bodyBuffer', { value: 'SIZE' }),
  priority: liveFlag('routeDefaults.priority', { value: 'PRIORITY' }),
  overloadDelay: liveFlag('overload.eventLoopDelay', TIME),
  overloadMemoryPercent: liveFlag('overload.memoryPercent', COUNT),
  retryBudgetPercent: liveFlag('backendDefaults.retryBudget.percent', COUNT),
  retryBudgetPerSecond: liveFlag('backendDefaults.retryBudget.perSecond', COUNT),
  serviceRequests: liveFlag('backendDefaults.limits.requests', COUNT),
  endpointRequests: liveFlag('backendDefaults.limits.requestsPerEndpoint', COUNT),
  endpointConnections: liveFlag('backendDefaults.limits.connectionsPerEndpoint', COUNT),
  adaptiveRequests: liveFlag('backendDefaults.limits.adaptive'),
  pendingRequests: liveFlag('backendDefaults.limits.pending', COUNT),
  pendingTimeout: liveFlag('backendDefaults.limits.pendingTimeout', TIME),
  holdingTimeout: liveFlag('backendDefaults.holding.timeout', TIME),
  holdingRequests: liveFlag('backendDefaults.holding.requests', COUNT),
} as const
