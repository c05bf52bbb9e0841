/** How stapling goes (OCSP): an alert can be raised before clients find nothing stapled. */
import type { Family } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

const FAMILIES = {
  sluice_ocsp_requests: {
    kind: 'counter',
    help: 'Questions to responders (OCSP), by outcome: good, revoked, unknown, refused, invalid, unreachable.',
    labels: ['result'],
  },
  sluice_ocsp_staple_expiry_seconds: {
    kind: 'gauge',
    help: 'When the answer that is stapled to a certificate expires, in seconds since the epoch.',
    labels: ['secret'],
  },
} as const satisfies Record<string, Family>

export interface StaplingState {
  /** Questions, by outcome. */
  readonly asked: ReadonlyMap<string, number>
  /** By Secret, in milliseconds since the epoch. */
  readonly stapled: ReadonlyMap<string, number>
}

export function stapleMetrics(state: StaplingState): MetricSource {
  const collect = async (): Promise<Series[]> => [
    ...[...state.asked].map(([result, n]): Series => ['sluice_ocsp_requests', [result], n]),
    ...[...state.stapled].map(
      ([secret, until]): Series => ['sluice_ocsp_staple_expiry_seconds', [secret], until / 1000],
    ),
  ]
  return { families: FAMILIES, collect }
}
