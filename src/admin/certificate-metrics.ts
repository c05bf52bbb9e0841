/** When certificates expire: what an alert days before it goes by. */
import type { Family } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

const FAMILIES = {
  sluice_certificate_expiry_seconds: {
    kind: 'gauge',
    help: 'When the certificate that a host is served with expires, in seconds since the epoch.',
    labels: ['host', 'secret'],
  },
} as const satisfies Record<string, Family>

/** A host and its certificate, without anything of the material. */
export interface Expiring {
  readonly host: string
  readonly certificate: { readonly name: string; readonly validTo: number }
}

export function certificateMetrics(served: () => readonly Expiring[]): MetricSource {
  const collect = async (): Promise<Series[]> =>
    served().map(({ host, certificate }) => [
      'sluice_certificate_expiry_seconds',
      [host, certificate.name],
      certificate.validTo / 1000,
    ])
  return { families: FAMILIES, collect }
}
