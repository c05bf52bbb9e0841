/** RateLimitPolicy: how often the routes of an Ingress may be asked, by whom. */
import {
  addressRange,
  integer,
  type Leaves,
  list,
  listOf,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../lib/schema.ts'
import { requestPart } from './policy/request-part.ts'
import { type TargetedPolicy, targetRefs } from './policy/target-ref.ts'

const UP_TO_A_BILLION = integer(1, 1_000_000_000)
/** Times are kept as numbers of 32 bits. */
export const MOST_BURST = 1_000_000
const UNITS = ['second', 'minute', 'hour', 'day'] as const

const LIMIT = object({
  name: required(
    text(/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/, 'a name of lower-case letters, digits and dashes', 63),
    'Its name, in metrics.',
  ),
  key: optional(
    list(requestPart('client', 'host', 'path', 'method')),
    'What tells clients apart: client (its address; of IPv6 the /64), host, path, method, header:NAME, cookie:NAME, or several, which all have to agree. Empty: one limit for everybody. Without it: client.',
  ),
  requests: required(UP_TO_A_BILLION, 'Requests that may come in one unit of time.'),
  per: required(oneOf(...UNITS), 'That unit of time.'),
  burst: optional(
    integer(1, MOST_BURST),
    'Requests that may come at once after a rest. Without it, as many as in one unit of time, a million at most.',
  ),
  keys: optional(
    integer(8, 1_000_000),
    'Keys that are told apart at a time; when there are more, newcomers share a limit. 16 to 18 bytes of memory each. Without it: 65536.',
  ),
})

const MOST_LIMITS = 16

const RATE_LIMIT_OPTIONS = {
  mode: optional(
    oneOf('Enforce', 'Shadow'),
    'Enforce refuses what is too much with 429. Shadow refuses nothing and only counts. Without it: Enforce.',
  ),
  exempt: optional(list(addressRange()), 'Addresses of clients that are not limited.'),
  limits: required(
    listOf(LIMIT, {
      minItems: 1,
      maxItems: MOST_LIMITS,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
    'Limits, of which all have to have room.',
  ),
}

export type RateLimitValues = Leaves<typeof RATE_LIMIT_OPTIONS>
export type LimitValue = RateLimitValues['limits'][number]

export const RATE_LIMIT_POLICY_SPEC = {
  targetRefs: required(
    targetRefs({ group: 'networking.k8s.io', kind: 'Ingress' }),
    'Ingresses of the same namespace that this holds for, all routes of all of them together. Of two policies for one the older holds.',
  ),
  ...RATE_LIMIT_OPTIONS,
}

export const RATE_LIMIT_POLICY_KIND = 'RateLimitPolicy.sluice.dev'

export type RateLimitPolicy = TargetedPolicy<typeof RATE_LIMIT_POLICY_KIND, RateLimitValues>
