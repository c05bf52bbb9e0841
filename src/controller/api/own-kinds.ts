/** THE table of our own kinds: what the generated definitions, their documentation and the readers go by. */
import type { CelRule, Members } from '../../lib/schema.ts'
import { BACKEND_POLICY_KIND, BACKEND_POLICY_SPEC } from './backend-policy.ts'
import { CANARY_POLICY_KIND, CANARY_POLICY_SPEC, CANARY_RULES } from './canary-policy.ts'
import { CANARY_STATUS } from './canary-status.ts'
import { RATE_LIMIT_POLICY_KIND, RATE_LIMIT_POLICY_SPEC } from './rate-limit-policy.ts'
import { ROUTE_POLICY_KIND, ROUTE_POLICY_SPEC } from './route-policy.ts'
import { CONFIG_KIND, CONFIG_SPEC } from './sluice-config.ts'

export interface OwnKindRow {
  /** With its group, as it is called inside of here. */
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly namespaced: boolean
  /** For documentation. */
  readonly doc: string
  readonly spec: Members
  /** What depends on several fields of it. */
  readonly rules?: readonly CelRule[]
  /** What its status has beside conditions. */
  readonly status?: Members
  /** What `kubectl get` shows of that: titles and fields of the status. */
  readonly columns?: readonly { readonly title: string; readonly field: string; readonly type: 'string' | 'integer' }[]
}

export const OWN_KINDS: readonly OwnKindRow[] = [
  {
    kind: CONFIG_KIND,
    plural: 'sluiceconfigs',
    shortNames: ['slc'],
    namespaced: false,
    doc:
      'What the operator decides, named by spec.parameters of an IngressClass. It holds from the moment it changes; ' +
      'a bad value keeps what it was when it was good.',
    spec: CONFIG_SPEC,
  },
  {
    kind: ROUTE_POLICY_KIND,
    plural: 'routepolicies',
    shortNames: ['rtp'],
    namespaced: true,
    doc: 'Options for all routes of the Ingresses it names. An annotation of the Ingress is stronger.',
    spec: ROUTE_POLICY_SPEC,
  },
  {
    kind: BACKEND_POLICY_KIND,
    plural: 'backendpolicies',
    shortNames: ['bkp'],
    namespaced: true,
    doc: 'Options for the connections to the Services it names, whichever route leads there. An annotation of the Service is stronger.',
    spec: BACKEND_POLICY_SPEC,
  },
  {
    kind: RATE_LIMIT_POLICY_KIND,
    plural: 'ratelimitpolicies',
    shortNames: ['rlp'],
    namespaced: true,
    doc: 'How often the Ingresses it names may be asked, exactly over all workers of a replica; each replica counts for itself.',
    spec: RATE_LIMIT_POLICY_SPEC,
  },
  {
    kind: CANARY_POLICY_KIND,
    plural: 'canarypolicies',
    shortNames: ['cnp'],
    namespaced: true,
    doc: 'Which clients of a Service get a variant of it instead, by what they send or by their share, which may grow step by step for as long as the variant is no worse.',
    spec: CANARY_POLICY_SPEC,
    rules: CANARY_RULES,
    status: CANARY_STATUS,
    columns: [
      { title: 'Phase', field: 'phase', type: 'string' },
      { title: 'Weight', field: 'currentWeight', type: 'integer' },
      { title: 'Step', field: 'step', type: 'string' },
      { title: 'Verdict', field: 'verdict', type: 'string' },
    ],
  },
]
