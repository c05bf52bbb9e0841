/** One row for each kind of filter; a kind without a factory does not compile. */
import type { FilterSpec } from '../../model/filter.ts'
import type { Filter } from '../types.ts'
import { bodyLimit } from './body-limit.ts'

export type FilterRegistry = { readonly [K in FilterSpec['kind']]: (spec: Extract<FilterSpec, { kind: K }>) => Filter }

const REGISTRY: FilterRegistry = {
  'body-limit': bodyLimit,
}

export function buildFilter(spec: FilterSpec): Filter {
  return REGISTRY[spec.kind](spec)
}
