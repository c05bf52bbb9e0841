/** What the policy of a Service wants to be known of each endpoint, beside where it is and whether it serves. */
import type { Backend } from './backends.ts'
import type { Policies } from './policies.ts'

export interface EndpointAsks {
  /** How its Pod would be probed. */
  readonly probes: boolean
}

export function endpointAsks({ namespace, service }: Backend, policies: Policies): EndpointAsks {
  const { values } = policies.cluster(`${namespace}/${service}`)
  return { probes: values['healthCheck.kind'] === 'readiness-probe' }
}

export function asksAlike(a: EndpointAsks, b: EndpointAsks): boolean {
  return a.probes === b.probes
}
