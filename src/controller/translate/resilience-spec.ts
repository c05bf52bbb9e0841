/** Retries of a route, and what protects a cluster, as the proxy is told of them: only what is not the default. */
import { type ClusterSpec, DEFAULT_RETRY_BUDGET, type LimitsSpec } from '../../model/cluster.ts'
import { DEFAULT_RETRY, type RetrySpec } from '../../model/route.ts'
import type { ClusterValues } from '../api/backend-policy.ts'
import type { RouteValues } from '../api/route-policy.ts'

export function retrySpec(values: RouteValues): RetrySpec {
  const attemptMs = values['retry.attemptTimeout']
  const statuses = values['retry.onStatus']
  const bodyBytes = values['retry.bodyBuffer']
  return {
    attempts: values['retry.attempts'],
    ...(attemptMs === 0 ? {} : { attemptMs }),
    ...(statuses.length === 0 ? {} : { statuses }),
    ...(values['retry.anyMethod'] ? { anyMethod: true } : {}),
    ...(bodyBytes === DEFAULT_RETRY.bodyBytes ? {} : { bodyBytes }),
  }
}

export function resilienceSpec(values: ClusterValues): Pick<ClusterSpec, 'retryBudget' | 'limits' | 'holding'> {
  const percent = values['retryBudget.percent']
  const perSecond = values['retryBudget.perSecond']
  const isDefault = percent === DEFAULT_RETRY_BUDGET.percent && perSecond === DEFAULT_RETRY_BUDGET.perSecond
  const limits = limitsSpec(values)
  const holding = { requests: values['holding.requests'], ms: values['holding.timeout'] }
  return {
    ...(isDefault ? {} : { retryBudget: { percent, perSecond } }),
    ...(limits === undefined ? {} : { limits }),
    ...(holding.ms === 0 ? {} : { holding }),
  }
}

/** How many may wait says nothing where nobody has to. */
function limitsSpec(values: ClusterValues): LimitsSpec | undefined {
  if (!hasLimits(values)) return undefined
  const connectionsPerEndpoint = values['limits.connectionsPerEndpoint']
  return {
    requests: values['limits.requests'],
    requestsPerEndpoint: values['limits.requestsPerEndpoint'],
    ...(connectionsPerEndpoint === 0 ? {} : { connectionsPerEndpoint }),
    ...(values['limits.adaptive'] ? { adaptive: true } : {}),
    pending: values['limits.pending'],
    pendingMs: values['limits.pendingTimeout'],
  }
}

/** Whether a service may come to have as much as it may. */
export function hasLimits(values: ClusterValues): boolean {
  const most = ['limits.requests', 'limits.requestsPerEndpoint', 'limits.connectionsPerEndpoint'] as const
  return values['limits.adaptive'] || most.some((path) => values[path] > 0)
}
