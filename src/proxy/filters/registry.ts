/** One row for each kind of filter; a kind without a factory does not compile. */
import type { FilterSpec } from '../../model/filter.ts'
import type { Filter } from '../types.ts'
import { bodyLimit } from './body-limit.ts'
import { clientCertificate } from './client-certificate.ts'
import { compression } from './compression.ts'
import { httpsRedirect } from './https-redirect.ts'
import { type RateLimitDeps, rateLimit } from './rate-limit.ts'
import { strictTransportSecurity } from './strict-transport-security.ts'

/** What filters may ask of their worker. */
export type FilterDeps = RateLimitDeps

export type FilterRegistry = {
  readonly [K in FilterSpec['kind']]: (spec: Extract<FilterSpec, { kind: K }>, deps: FilterDeps) => Filter
}

const REGISTRY: FilterRegistry = {
  'rate-limit': rateLimit,
  'client-certificate': clientCertificate,
  'body-limit': bodyLimit,
  compression,
  'https-redirect': httpsRedirect,
  'strict-transport-security': strictTransportSecurity,
}

export function buildFilter(spec: FilterSpec, deps: FilterDeps): Filter {
  const build = REGISTRY[spec.kind] as (spec: FilterSpec, deps: FilterDeps) => Filter
  return build(spec, deps)
}
