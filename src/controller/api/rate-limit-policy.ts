/** RateLimitPolicy: how often, how many at a time, and how fast routes may be asked, by whom. */
import {
  addressRange,
  eachOf,
  integer,
  type Leaves,
  list,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../lib/schema.ts'
import { LIMIT } from './policy/limit.ts'
import { type RuleTargetRef, ruleTargetRefs, type TargetedPolicy } from './policy/target-ref.ts'

const MOST_LIMITS = 16

const RESPONSE = object({
  status: optional(integer(400, 599), 'Its status. Without it: 429.'),
  contentType: optional(
    text(/[!-~][ -~]*/, 'a media type', 128),
    'What the body is. Without it: text/plain; charset=utf-8.',
  ),
  body: optional(
    text(/[\s\S]*/, 'a text of at most 4096 characters', 4096),
    'Its body. Without it: what the client accepts, with the reason.',
  ),
  headers: optional(
    list(oneOf('RateLimit', 'X-RateLimit')),
    'Fields that say how much is left, in refusals and in answers that passed: RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-10), or X-RateLimit-Limit, -Remaining and -Reset (seconds) of the limit that is closest. Without it: none.',
  ),
})

const RATE_LIMIT_OPTIONS = {
  mode: optional(
    oneOf('Enforce', 'Shadow'),
    'Enforce refuses what is too much. Shadow refuses nothing and only counts. Without it: Enforce.',
  ),
  exempt: optional(list(addressRange()), 'Addresses of clients that are not limited.'),
  response: optional(RESPONSE, 'How a request is refused.'),
  limits: required(
    eachOf(LIMIT, {
      minItems: 1,
      maxItems: MOST_LIMITS,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    }),
    'Limits, of which all have to have room.',
  ),
}

export type RateLimitValues = Leaves<typeof RATE_LIMIT_OPTIONS>

export const RATE_LIMIT_POLICY_SPEC = {
  targetRefs: required(
    ruleTargetRefs(
      { group: 'networking.k8s.io', kind: 'Ingress' },
      { group: '', kind: 'Service' },
      { group: 'networking.k8s.io', kind: 'IngressClass' },
    ),
    'What this holds for, all routes of all of it together: an Ingress of the same namespace or a rule of it, a Service of the same namespace whichever route leads there, or, for a policy in the namespace of the controller, a whole IngressClass. Of two policies for exactly the same the older holds; of policies for the class, the Ingress, the rule and the Service of a route all hold.',
  ),
  ...RATE_LIMIT_OPTIONS,
}

export const RATE_LIMIT_POLICY_KIND = 'RateLimitPolicy.sluice.dev'

export type RateLimitPolicy = TargetedPolicy<typeof RATE_LIMIT_POLICY_KIND, RateLimitValues, RuleTargetRef>
