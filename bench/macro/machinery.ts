/**
 * Everything that a Service can be given against failing endpoints, and nothing of it: as annotations, for Sluice alone.
 * Nothing of it comes to act under a load that all endpoints bear; what is measured is what it costs to be prepared.
 */

/** Addresses of loopback that the backend is reached at: with a single one there is nothing to choose. */
export const BACKEND_ADDRESSES = Array.from({ length: 8 }, (_, n) => `127.0.0.${n + 1}`)

export type Machinery = 'off' | 'full'

interface Annotations {
  readonly service: Readonly<Record<string, string>>
  readonly ingress: Readonly<Record<string, string>>
}

export const MACHINERY: Readonly<Record<Machinery, Annotations>> = {
  off: {
    service: {
      'sluice.dev/load-balancing-algorithm': 'round-robin',
      'sluice.dev/slow-start-window': '0s',
      'sluice.dev/outlier-detection-consecutive-faults': '0',
    },
    ingress: { 'sluice.dev/retry-attempts': '0' },
  },
  full: {
    service: {
      'sluice.dev/load-balancing-algorithm': 'peak-ewma',
      // Longer than any run, so that the curve has to be followed.
      'sluice.dev/slow-start-window': '24h',
      'sluice.dev/outlier-detection-consecutive-faults': '5',
      'sluice.dev/outlier-detection-consecutive-gateway-errors': '5',
      'sluice.dev/outlier-detection-consecutive-5xx': '5',
      'sluice.dev/outlier-detection-failure-percent': '50',
      'sluice.dev/outlier-detection-latency-factor': '100',
      'sluice.dev/outlier-detection-interval': '1s',
      'sluice.dev/limits-requests': '100000',
      'sluice.dev/limits-requests-per-endpoint': '10000',
      'sluice.dev/limits-pending': '1000',
      'sluice.dev/holding-timeout': '5s',
      'sluice.dev/retry-budget-percent': '20',
    },
    ingress: { 'sluice.dev/retry-attempts': '3', 'sluice.dev/response-timeout': '30s' },
  },
}
