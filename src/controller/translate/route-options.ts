/** What the values of a route mean for it. */
import type { FilterSpec } from '../../model/filter.ts'
import type { ActionSpec } from '../../model/route.ts'
import type { TlsSpec } from '../../model/tls.ts'
import type { RouteValues } from '../api/route-policy.ts'
import { retrySpec } from './resilience-spec.ts'

type Forward = Extract<ActionSpec, { kind: 'forward' }>

export function forwardOptions(values: RouteValues): Pick<Forward, 'timeouts' | 'retry'> {
  return {
    timeouts: {
      connectMs: values['timeouts.connect'],
      responseGapMs: values['timeouts.response'],
      requestMs: values['timeouts.request'],
    },
    retry: retrySpec(values),
  }
}

/** How TLS is spoken for a host. */
export function tlsOf(values: RouteValues): TlsSpec {
  return { versions: values['tls.versions'], ciphers: values['tls.ciphers'], curves: values['tls.curves'] }
}

/** The filters of a route, in the order in which they run. */
export function filtersOf(values: RouteValues): readonly FilterSpec[] {
  const { maxBodySize } = values
  return [
    ...(maxBodySize === 0 ? [] : [{ kind: 'body-limit', maxBytes: maxBodySize } as const]),
    ...(values['compression.enabled'] ? [compressionOf(values)] : []),
  ]
}

function compressionOf(values: RouteValues): FilterSpec {
  return {
    kind: 'compression',
    codings: values['compression.codings'],
    types: values['compression.types'],
    minBytes: values['compression.minSize'],
  }
}
