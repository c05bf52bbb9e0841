/** BackendPolicy: what can be asked for the connections to a Service, whichever route leads there. */
import { duration, integer, type Leaves, object, optional, required } from '../../lib/schema.ts'
import type { Identified } from './kubernetes/metadata.ts'
import type { Declared } from './policy/declared.ts'
import { type TargetRef, targetRefs } from './policy/target-ref.ts'
import { ROUTE_OPTIONS } from './route-policy.ts'

const { connect, response } = ROUTE_OPTIONS.timeouts.field.members

/** Options of the connections themselves: no route can say them. */
export const CONNECTION_OPTIONS = {
  connections: optional(
    object({
      maxIdle: optional(integer(0, 1_000_000), 'Idle connections that one worker keeps to one endpoint.'),
      idleTimeout: optional(
        duration(),
        'How long a connection to an endpoint is kept without a request; 0 is no limit.',
      ),
    }),
    'Connections that wait for the next request.',
  ),
}

export type ConnectionValues = Leaves<typeof CONNECTION_OPTIONS>

/** Those of a route that depend on who answers, weaker than what the route itself says. */
const ROUTE_OPTIONS_OF_BACKENDS = {
  timeouts: optional(
    object({ connect, response }),
    'How long things may take where neither a RoutePolicy nor an annotation says so.',
  ),
}

export type BackendValues = Leaves<typeof CONNECTION_OPTIONS & typeof ROUTE_OPTIONS_OF_BACKENDS>

export const BACKEND_POLICY_SPEC = {
  targetRefs: required(
    targetRefs({ group: '', kind: 'Service' }),
    'Services of the same namespace that this holds for, all ports of each. Of two policies for one the older holds.',
  ),
  ...ROUTE_OPTIONS_OF_BACKENDS,
  ...CONNECTION_OPTIONS,
}

export const BACKEND_POLICY_KIND = 'BackendPolicy.sluice.dev'

export interface BackendPolicy extends Identified {
  readonly kind: typeof BACKEND_POLICY_KIND
  readonly spec: Declared<BackendValues & { readonly targetRefs: readonly TargetRef[] }>
  readonly status?: unknown
}
