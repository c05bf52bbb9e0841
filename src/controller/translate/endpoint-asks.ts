/** What the policy of a Service wants to be known of each endpoint, beside where it is and whether it serves. */
import type { Policies } from './policies.ts'

export interface EndpointAsks {
  /** How its Pod would be probed. */
  readonly probes: boolean
}

/** @param service by `namespace/name`. */
export function endpointAsks(service: string, policies: Policies): EndpointAsks {
  const { values } = policies.cluster(service)
  return { probes: values['healthCheck.kind'] === 'readiness-probe' }
}

export function asksAlike(a: EndpointAsks, b: EndpointAsks): boolean {
  return a.probes === b.probes
}
