/** One row for each kind of filter; a kind without a factory does not compile. */
import type { FilterSpec } from '../../model/filter.ts'
import type { Filter } from '../types.ts'
import { bodyLimit } from './body-limit.ts'
import { httpsRedirect } from './https-redirect.ts'
import { strictTransportSecurity } from './strict-transport-security.ts'

export type FilterRegistry = { readonly [K in FilterSpec['kind']]: (spec: Extract<FilterSpec, { kind: K }>) => Filter }

const REGISTRY: FilterRegistry = {
  'body-limit': bodyLimit,
  'https-redirect': httpsRedirect,
  'strict-transport-security': strictTransportSecurity,
}

export function buildFilter(spec: FilterSpec): Filter {
  const build = REGISTRY[spec.kind] as (spec: FilterSpec) => Filter
  return build(spec)
}
