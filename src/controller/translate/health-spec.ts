/** How the endpoints of one cluster are asked for their health, as the policy of its Service says. */
import type { CheckSpec, ProbeSpec } from '../../model/health.ts'
import type { ClusterValues } from '../api/backend-policy.ts'

/** `undefined` where nobody asks them, or where each Pod says for itself how. */
export function healthSpec(values: ClusterValues): CheckSpec | undefined {
  const probe = probeSpec(values)
  if (probe === undefined) return undefined
  return {
    probe,
    intervalMs: values['healthCheck.interval'],
    timeoutMs: values['healthCheck.timeout'],
    healthyThreshold: values['healthCheck.healthyThreshold'],
    unhealthyThreshold: values['healthCheck.unhealthyThreshold'],
    jitterPercent: values['healthCheck.jitterPercent'],
  }
}

function probeSpec(values: ClusterValues): ProbeSpec | undefined {
  const kind = values['healthCheck.kind']
  const port = values['healthCheck.port']
  const host = values['healthCheck.host']
  const elsewhere = port === 0 ? {} : { port }
  if (kind === 'none' || kind === 'readiness-probe') return undefined
  if (kind === 'tcp') return { kind, ...elsewhere }
  if (kind === 'grpc' || kind === 'grpcs') {
    return { kind: 'grpc', tls: kind === 'grpcs', service: values['healthCheck.service'], ...elsewhere }
  }
  return {
    kind: 'http',
    tls: kind === 'https',
    path: values['healthCheck.path'],
    headers: host === '' ? [] : [['host', host]],
    statuses: values['healthCheck.statuses'],
    ...elsewhere,
  }
}
