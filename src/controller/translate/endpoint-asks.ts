/** What the policy of a Service wants to be known of each endpoint, beside where it is and whether it serves. */
import type { Place, Preference } from './nearness.ts'
import type { TranslateOptions } from './options.ts'
import type { Policies } from './policies.ts'
import type { View } from './view.ts'

export interface EndpointAsks {
  /** How its Pod would be probed. */
  readonly probes: boolean
  /** Whom requests would rather go to. */
  readonly prefer: Preference
  /** Where we are, which is what they are near to. */
  readonly here: Place
}

/** @param service by `namespace/name`. */
export function endpointAsks(service: string, policies: Policies, here: Place): EndpointAsks {
  const { values } = policies.cluster(service)
  return {
    probes: values['healthCheck.kind'] === 'readiness-probe',
    prefer: values['loadBalancing.prefer'],
    here,
  }
}

/** What the operator says of it comes before what is learnt. */
export function placeOf(view: Pick<View, 'ownZone'>, { node, zone }: TranslateOptions): Place {
  return { node, zone: zone ?? (node === undefined ? undefined : view.ownZone()) }
}
