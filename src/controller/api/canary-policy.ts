/** CanaryPolicy: who of the clients of a Service gets another one instead. */
import {
  boolean,
  type CelRule,
  integer,
  type Leaves,
  listOf,
  object,
  optional,
  required,
  text,
} from '../../lib/schema.ts'
import { ANALYSIS } from './canary-analysis.ts'
import { REQUEST_MATCH, SAYS_SOMETHING } from './policy/request-match.ts'
import { requestPart, TOKEN } from './policy/request-part.ts'
import { type TargetedPolicy, targetRefs } from './policy/target-ref.ts'

const MOST_VARIANTS = 4
const MOST_MATCHES = 16
const MOST_RULES = 32

const LABEL = /[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/
const SUBDOMAIN = /[a-z0-9]([-a-z0-9.]*[a-z0-9])?/
const VARIANT_NAME = text(LABEL, 'a name of lower-case letters, digits and dashes', 63)
const OBJECT_NAME = text(SUBDOMAIN, 'the name of an object', 253)

const RULE = object(
  {
    ingress: optional(OBJECT_NAME, 'Name of the Ingress.'),
    host: optional(text(/(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?/, 'a host as the Ingress has it', 253), 'Its host.'),
    path: optional(text(/\/.*/, 'a path as the Ingress has it, such as /shop'), 'Its path.'),
  },
  [{ rule: 'has(self.ingress) || has(self.host) || has(self.path)', message: 'expected ingress, host or path' }],
)

const VARIANT = object(
  {
    name: required(VARIANT_NAME, 'Its name, in matches, metrics and logs.'),
    service: required(OBJECT_NAME, 'Its Service, of the same namespace.'),
    port: optional(integer(1, 65_535), 'Port of that Service. Without it, the one that the Ingress names.'),
    weight: optional(integer(0, 100), 'Percent of the clients. The primary has what is left. Without it: 0.'),
  },
  [{ rule: "self.name != 'primary'", message: 'expected another name: primary is the Service that targetRefs names' }],
)

const MATCH = object(
  {
    variant: required(VARIANT_NAME, 'Where these requests go: the name of a variant, or primary.'),
    ...REQUEST_MATCH,
  },
  [
    {
      rule: SAYS_SOMETHING,
      message: 'expected methods, headers, cookies, query or clients',
    },
  ],
)

const ASSIGNMENT_KEY = requestPart('session', 'client', 'claim:NAME')

const ASSIGNMENT = object({
  key: optional(
    ASSIGNMENT_KEY,
    'What the share of a variant is counted in: session (a cookie that the proxy sets), client (its address), header:NAME, cookie:NAME, or claim:NAME of the token in Authorization, which nobody has verified. A request without it goes by its address. Without it: session.',
  ),
  cookieName: optional(
    text(new RegExp(TOKEN), 'the name of a cookie', 128),
    'Name of the cookie. Without it: sluice-canary.',
  ),
  cookieMaxAgeSeconds: optional(
    integer(1, 34_560_000),
    'For how long a browser keeps the cookie. Without it: 2592000, thirty days.',
  ),
})

const MIRROR = object({
  service: required(OBJECT_NAME, 'The shadow Service, of the same namespace.'),
  port: optional(integer(1, 65_535), 'Port of that Service. Without it, the one that the Ingress names.'),
  percent: optional(integer(1, 100), 'Percent of the requests that are copied, by chance. Without it: 100.'),
})

const NAMED = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] } as const

const CANARY_OPTIONS = {
  rules: optional(
    listOf(RULE, { minItems: 1, maxItems: MOST_RULES }),
    'Rules of Ingresses of the same namespace that this holds for, where they lead to the Service. Without it: all of them.',
  ),
  variants: optional(
    listOf(VARIANT, { minItems: 1, maxItems: MOST_VARIANTS, ...NAMED }),
    'Services that get some of its requests instead.',
  ),
  matches: optional(
    listOf(MATCH, { maxItems: MOST_MATCHES }),
    'Requests that go to a variant, or to the primary, whatever the weights are. The first one that fits decides.',
  ),
  assignment: optional(ASSIGNMENT, 'How clients are told apart, so that each stays where it is.'),
  analysis: optional(
    ANALYSIS,
    'Lets the share of the only variant grow step by step, for as long as it is no worse than the primary, and takes it back as soon as it is.',
  ),
  mirror: optional(
    MIRROR,
    'Sends copies of requests to another Service too, whose answers nobody gets. Bodies of more than 64Ki are not copied.',
  ),
  paused: optional(boolean(), 'Keeps a rollout in its step. A canary that is worse is taken back all the same.'),
}

/** What one field cannot say alone. */
export const CANARY_RULES: readonly CelRule[] = [
  {
    rule: 'has(self.variants) || has(self.mirror)',
    message: 'expected variants, mirror or both: without them nothing happens',
  },
  {
    rule: '!has(self.variants) || self.variants.map(v, has(v.weight) ? v.weight : 0).sum() <= 100',
    message: 'expected weights that come to 100 at most',
  },
  {
    rule: "!has(self.matches) || self.matches.all(m, m.variant == 'primary' || (has(self.variants) && self.variants.exists(v, v.name == m.variant)))",
    message: 'expected matches that name a variant of this policy, or primary',
  },
  {
    rule: '!has(self.analysis) || (has(self.variants) && size(self.variants) == 1)',
    message: 'expected one variant beside analysis: it is compared with the primary alone',
  },
  {
    rule: '!has(self.analysis) || !has(self.variants) || self.variants.all(v, !has(v.weight))',
    message: 'expected no weight beside analysis: its steps say it',
  },
  {
    rule: '!has(self.paused) || has(self.analysis)',
    message: 'expected analysis beside paused: without it there is no rollout',
  },
]

export type CanaryValues = Leaves<typeof CANARY_OPTIONS>
export type RuleValue = NonNullable<CanaryValues['rules']>[number]
export type MatchValue = NonNullable<CanaryValues['matches']>[number]

export const CANARY_POLICY_SPEC = {
  targetRefs: required(
    targetRefs({ group: '', kind: 'Service', most: 1 }),
    'The Service of the same namespace that the Ingresses name: the primary. Of two policies for one rule the older holds.',
  ),
  ...CANARY_OPTIONS,
}

export const CANARY_POLICY_KIND = 'CanaryPolicy.sluice.dev'

export type CanaryPolicy = TargetedPolicy<typeof CANARY_POLICY_KIND, CanaryValues>
