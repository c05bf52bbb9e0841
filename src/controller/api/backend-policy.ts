/** BackendPolicy: what can be asked for a Service, whichever route leads there. */
import {
  boolean,
  duration,
  integer,
  type Leaves,
  type LineField,
  list,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../lib/schema.ts'
import type { HashKey } from '../../model/cluster.ts'
import { ENDPOINT_OPTIONS } from './endpoint-options.ts'
import { HEALTH_OPTIONS } from './health-options.ts'
import { LINK_OPTIONS } from './link-options.ts'
import { requestPart, TOKEN } from './policy/request-part.ts'
import { type TargetedPolicy, targetRefs } from './policy/target-ref.ts'
import { RESILIENCE_OPTIONS } from './resilience-options.ts'
import { ROUTE_OPTIONS } from './route-policy.ts'

const { connect, response } = ROUTE_OPTIONS.timeouts.field.members

const HASH_KEY = requestPart('client', 'path') as LineField<HashKey>

/** Options of the cluster behind a Service: no route can say them. */
export const CLUSTER_OPTIONS = {
  loadBalancing: optional(
    object({
      algorithm: optional(
        oneOf('round-robin', 'random', 'least-request', 'peak-ewma', 'maglev'),
        'Who gets the next request. round-robin: everybody in turn. least-request: of two, who has fewer under way. peak-ewma: of two, who answered faster of late. maglev: the same endpoint for requests that agree in hashOn. random: chance.',
      ),
      hashOn: optional(
        list(HASH_KEY, { minItems: 1 }),
        'What requests have to agree in to go to the same endpoint: client (its address), path, header:NAME, cookie:NAME, or several. For maglev alone.',
      ),
      panicPercent: optional(
        integer(0, 100),
        'Where more than this percent of the endpoints is ejected or unhealthy, the fault is not theirs: all are used.',
      ),
      prefer: optional(
        oneOf('service', 'zone', 'node', 'none'),
        'Who gets requests before the others. service: as the Service asks by its trafficDistribution, and slices by their hints. zone: endpoints in our zone. node: those on our node, then those in our zone. none: nobody.',
      ),
      nearLoad: optional(
        integer(0, 1_000_000),
        'Requests under way for each preferred endpoint above which the others get what is over; 0 is no limit.',
      ),
    }),
    'How requests are spread over endpoints.',
  ),
  connections: optional(
    object({
      maxIdle: optional(integer(0, 1_000_000), 'Idle connections that one worker keeps to one endpoint.'),
      idleTimeout: optional(
        duration(),
        'How long a connection to an endpoint is kept without a request; 0 is no limit.',
      ),
      expectContinue: optional(
        boolean(),
        'While endpoints come and go, ask an endpoint by `Expect: 100-continue` before it is sent the body of a request that must not be sent twice.',
      ),
    }),
    'Connections to endpoints.',
  ),
  ...ENDPOINT_OPTIONS,
  ...HEALTH_OPTIONS,
  ...RESILIENCE_OPTIONS,
}

export type ClusterValues = Leaves<typeof CLUSTER_OPTIONS>

/** What only makes sense for a single Service. */
export const AFFINITY_OPTIONS = {
  sessionAffinity: optional(
    object({
      mode: optional(
        oneOf('none', 'persistent', 'balanced'),
        'persistent: the cookie says which endpoint, for as long as that may get requests. balanced: the cookie says which session; endpoints that come take over their share of them.',
      ),
      cookieName: optional(text(new RegExp(TOKEN), 'the name of a cookie'), 'Name of the cookie.'),
      cookiePath: optional(text(/\/[!-:<-~]{0,255}/, 'a path such as /shop'), 'Path of the cookie.'),
      cookieMaxAge: optional(
        duration(),
        'How long a browser keeps the cookie, in whole seconds; without it, until the browser is closed.',
      ),
      cookieSameSite: optional(
        oneOf('Strict', 'Lax', 'None'),
        'Whether requests that other sites start bring it along.',
      ),
      untilEnd: optional(
        boolean(),
        'With persistent: clients stay at an endpoint that is going away for as long as it takes connections; otherwise they get another one and a fresh cookie at once.',
      ),
    }),
    'Keeps each client at one endpoint by a cookie that the proxy sets.',
  ),
}

export type AffinityValues = Leaves<typeof AFFINITY_OPTIONS>

export const DEFAULT_AFFINITY: Omit<AffinityValues, 'sessionAffinity.cookieMaxAge'> = {
  'sessionAffinity.mode': 'none',
  'sessionAffinity.cookieName': 'sluice-affinity',
  'sessionAffinity.cookiePath': '/',
  'sessionAffinity.cookieSameSite': 'Lax',
  'sessionAffinity.untilEnd': false,
}

/** Those of a route that depend on who answers, weaker than what the route itself says. */
const ROUTE_OPTIONS_OF_BACKENDS = {
  timeouts: optional(
    object({ connect, response }),
    'How long things may take where neither a RoutePolicy nor an annotation says so.',
  ),
}

export type BackendValues = Leaves<
  typeof CLUSTER_OPTIONS & typeof AFFINITY_OPTIONS & typeof LINK_OPTIONS & typeof ROUTE_OPTIONS_OF_BACKENDS
>

export const BACKEND_POLICY_SPEC = {
  targetRefs: required(
    targetRefs({ group: '', kind: 'Service' }),
    'Services of the same namespace that this holds for, all ports of each. Of two policies for one the older holds.',
  ),
  ...ROUTE_OPTIONS_OF_BACKENDS,
  ...LINK_OPTIONS,
  ...CLUSTER_OPTIONS,
  ...AFFINITY_OPTIONS,
}

export const BACKEND_POLICY_KIND = 'BackendPolicy.sluice.dev'

export type BackendPolicy = TargetedPolicy<typeof BACKEND_POLICY_KIND, BackendValues>
