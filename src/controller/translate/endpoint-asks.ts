/** What the policy of a Service wants to be known of each endpoint, beside where it is and whether it serves. */
import type { ClusterValues } from '../api/backend-policy.ts'

export interface EndpointAsks {
  /** How its Pod would be probed. */
  readonly probes: boolean
}

export function endpointAsks(values: ClusterValues): EndpointAsks {
  return { probes: values['healthCheck.kind'] === 'readiness-probe' }
}

export function asksAlike(a: EndpointAsks, b: EndpointAsks): boolean {
  return a.probes === b.probes
}
