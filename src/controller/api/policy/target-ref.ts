/** What a policy holds for, as in the policy attachment of Gateway API (GEP-713): objects of its own namespace. */
import {
  checked,
  type Field,
  listOf,
  type Members,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../../lib/schema.ts'
import type { Identified } from '../kubernetes/metadata.ts'
import type { Declared } from './declared.ts'

export interface TargetKind {
  /** Empty for the core group. */
  readonly group: string
  readonly kind: string
}

export interface Targets extends TargetKind {
  /** How many there may be; 64 without it. */
  readonly most?: number
}

export interface TargetRef extends TargetKind {
  readonly name: string
}

/** A target of which a rule may be all that is meant, where it is an Ingress. */
export interface RuleTargetRef extends TargetRef {
  /** As the rule writes them; all of them where it is left out. */
  readonly host?: string
  readonly path?: string
}

const MOST_TARGETS = 64

const NAME = text(/[a-z0-9]([-a-z0-9.]*[a-z0-9])?/, 'the name of an object', 253)
const HOST = text(/(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?/, 'a host as the rule writes it', 253)
const PATH = text(/\/[^\s?#]*/, 'a path as the rule writes it')

/** A list of objects of one kind. */
export function targetRefs({ group, kind, most = MOST_TARGETS }: Targets): Field<readonly TargetRef[]> {
  const called = group === '' ? 'The core group, "".' : `Always ${group}.`
  const target = object({
    group: required(oneOf(group), called),
    kind: required(oneOf(kind), `Always ${kind}.`),
    name: required(NAME, 'Its name.'),
  })
  return listOf(target, {
    minItems: 1,
    maxItems: most,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['group', 'kind', 'name'],
  })
}

/** A list of objects of several kinds; of an Ingress also single rules. */
export function ruleTargetRefs(...kinds: readonly TargetKind[]): Field<readonly RuleTargetRef[]> {
  const members = {
    group: required(oneOf(...new Set(kinds.map(({ group }) => group))), 'Its group; "" for a Service.'),
    kind: required(oneOf(...kinds.map(({ kind }) => kind)), 'Its kind.'),
    name: required(NAME, 'Its name.'),
    host: optional(HOST, 'Of an Ingress only the rules for this host.'),
    path: optional(PATH, 'Of an Ingress only the rules for this path.'),
  } satisfies Members
  const pairs = kinds.map(({ group, kind }) => `(self.group == '${group}' && self.kind == '${kind}')`)
  const target = checked<RuleTargetRef>(
    object(members),
    {
      rule: pairs.join(' || '),
      message: `expected one of ${kinds.map(({ group, kind }) => `${kind} of group "${group}"`).join(', ')}`,
      holds: (ref) => kinds.some(({ group, kind }) => ref.group === group && ref.kind === kind),
    },
    {
      rule: "self.kind == 'Ingress' || !(has(self.host) || has(self.path))",
      message: 'host and path are for an Ingress alone',
      holds: ({ kind, host, path }) => kind === 'Ingress' || (host === undefined && path === undefined),
    },
  )
  return listOf(target, { minItems: 1, maxItems: MOST_TARGETS, 'x-kubernetes-list-type': 'atomic' })
}

/** An object that says something about its targets. */
export interface TargetedPolicy<K extends string, V, T extends TargetRef = TargetRef> extends Identified {
  readonly kind: K
  readonly spec: Declared<V & { readonly targetRefs: readonly T[] }>
  readonly status?: unknown
}
