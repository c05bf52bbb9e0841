/** What a policy holds for, as in the policy attachment of Gateway API (GEP-713): objects of its own namespace. */
import { type Field, listOf, object, oneOf, required, text } from '../../../lib/schema.ts'
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

const MOST_TARGETS = 64

const NAME = text(/[a-z0-9]([-a-z0-9.]*[a-z0-9])?/, 'the name of an object', 253)

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

/** An object that says something about its targets. */
export interface TargetedPolicy<K extends string, V> extends Identified {
  readonly kind: K
  readonly spec: Declared<V & { readonly targetRefs: readonly TargetRef[] }>
  readonly status?: unknown
}
