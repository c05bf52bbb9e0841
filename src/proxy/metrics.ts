/**
 * Metric families that workers count, as data: name, kind, labels. Workers report cumulative values, the admin
 * side adds them up and prints them. Label names follow ingress-nginx, so that its dashboards carry over.
 */
export interface Family {
  readonly help: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly labels: readonly string[]
  /** Upper bounds; the one for infinity is implied. */
  readonly buckets?: readonly number[]
}

const ROUTE_LABELS = ['namespace', 'ingress', 'service', 'host', 'path', 'method', 'status'] as const
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

export const FAMILIES = {
  sluice_requests: { kind: 'counter', help: 'Requests answered.', labels: ROUTE_LABELS },
  sluice_request_duration_seconds: {
    kind: 'histogram',
    help: 'From the first byte of the request to the last byte of the answer.',
    labels: ROUTE_LABELS,
    buckets: SECONDS,
  },
  sluice_request_size_bytes: { kind: 'counter', help: 'Bytes of request bodies received.', labels: ROUTE_LABELS },
  sluice_response_size_bytes: { kind: 'counter', help: 'Bytes of response bodies sent.', labels: ROUTE_LABELS },
  sluice_upstream_faults: {
    kind: 'counter',
    help: 'Attempts that ended in a fault, by code of the fault table.',
    labels: ['namespace', 'ingress', 'service', 'fault'],
  },
  sluice_upstream_retries: {
    kind: 'counter',
    help: 'Attempts after the first one.',
    labels: ['namespace', 'ingress', 'service'],
  },
  sluice_upstream_retries_denied: {
    kind: 'counter',
    help: 'Attempts after the first one that the retry budget of the service had no room for.',
    labels: ['namespace', 'ingress', 'service'],
  },
  sluice_refused_requests: {
    kind: 'counter',
    help: 'Requests refused before they had a route, by code of the fault table.',
    labels: ['fault'],
  },
  sluice_rate_limit_decisions: {
    kind: 'counter',
    help: 'Requests that a limit was asked about: passed, limited, or shadowed where it only counts.',
    labels: ['namespace', 'policy', 'limit', 'decision'],
  },
  sluice_limit_store_questions: {
    kind: 'counter',
    help: 'Questions to the store of limits of the whole cluster: answered, or failed, also where it was not asked since it had failed just before.',
    labels: ['result'],
  },
  sluice_canary_requests: {
    kind: 'counter',
    help: 'Requests of each variant of a canary, once each: success, or failure (500 and more, or no whole answer).',
    labels: ['namespace', 'policy', 'variant', 'outcome'],
  },
  sluice_canary_mirrored_requests: {
    kind: 'counter',
    help: 'Copies of requests: the shadow answered with the same status or a different one, failed, or got none (skipped).',
    labels: ['namespace', 'policy', 'outcome'],
  },
  sluice_canary_weight_percent: {
    kind: 'gauge',
    help: 'Percent of the clients that a variant has, matches left aside.',
    labels: ['namespace', 'policy', 'variant'],
  },
  sluice_connections: { kind: 'gauge', help: 'Open downstream connections.', labels: ['state'] },
  sluice_connections_accepted: { kind: 'counter', help: 'Downstream connections accepted.', labels: [] },
  sluice_connections_refused: { kind: 'counter', help: 'Downstream connections over a limit.', labels: ['limit'] },
  sluice_tls_handshakes: {
    kind: 'counter',
    help: 'TLS handshakes of clients, by outcome: full, resumed, failed, timeout, or passed on as they are.',
    labels: ['result'],
  },
  sluice_tls_handshake_duration_seconds: {
    kind: 'histogram',
    help: 'From the accept to the end of a TLS handshake that succeeded, full or resumed.',
    labels: ['result'],
    buckets: SECONDS,
  },
  sluice_http2_violations: {
    kind: 'counter',
    help: 'What HTTP/2 clients did against the rules or beyond what they may; ended a stream or the connection.',
    labels: ['violation'],
  },
  sluice_relayed_connections: {
    kind: 'counter',
    help: 'Connections and UDP sessions passed on as they are that are over, by outcome: served, no-endpoint, unreachable.',
    labels: ['namespace', 'service', 'port', 'result'],
  },
  sluice_udp_sessions: { kind: 'gauge', help: 'Open sessions of UDP services.', labels: [] },
  sluice_udp_datagrams_dropped: {
    kind: 'counter',
    help: 'Datagrams that nobody got: too many sessions, no endpoint, or more than can be kept on its way.',
    labels: ['reason'],
  },
  sluice_upstream_connections: { kind: 'gauge', help: 'Open upstream connections.', labels: ['state'] },
  sluice_endpoints_ejected: {
    kind: 'gauge',
    help: 'Endpoints that get nothing for a while because they failed; only of services of which one ever was.',
    labels: ['namespace', 'service', 'port'],
  },
  sluice_endpoint_ejections: {
    kind: 'counter',
    help: 'Ejections of endpoints, by what they were ejected for.',
    labels: ['namespace', 'service', 'port', 'reason'],
  },
  sluice_endpoints_unhealthy: {
    kind: 'gauge',
    help: 'Endpoints that health checks found unable to serve, of services that are checked.',
    labels: ['namespace', 'service', 'port'],
  },
  sluice_failing_endpoint_groups: {
    kind: 'gauge',
    help: 'Groups of endpoints (a revision, node or zone) that fail clearly more than all others of their service.',
    labels: ['namespace', 'service', 'port', 'by', 'group'],
  },
  sluice_health_checks: {
    kind: 'counter',
    help: 'Health checks of endpoints, by result: passed, failed.',
    labels: ['namespace', 'service', 'port', 'result'],
  },
  sluice_requests_shed: {
    kind: 'counter',
    help: 'Requests answered 503 because a worker was overloaded, by priority.',
    labels: ['priority'],
  },
  sluice_service_concurrency_limit: {
    kind: 'gauge',
    help: 'Requests that all workers together send to a service at a time, where they find out themselves.',
    labels: ['namespace', 'service', 'port'],
  },
  sluice_service_requests_waiting: {
    kind: 'gauge',
    help: 'Requests that wait for room at a service or for its first endpoint; only of services where any ever did.',
    labels: ['namespace', 'service', 'port'],
  },
  sluice_service_requests_waited: {
    kind: 'counter',
    help: 'Requests that had to wait.',
    labels: ['namespace', 'service', 'port'],
  },
  sluice_service_requests_refused: {
    kind: 'counter',
    help: 'Requests answered 503 by the limits of a service, by code of the fault table.',
    labels: ['namespace', 'service', 'port', 'fault'],
  },
  sluice_access_log_dropped_lines: {
    kind: 'counter',
    help: 'Lines lost because the log was not read in time.',
    labels: [],
  },
} as const satisfies Record<string, Family>

export type FamilyName = keyof typeof FAMILIES

/** Counts for each bucket (not cumulative; the last is for infinity) and the sum of all observations. */
export interface HistogramValue {
  readonly counts: readonly number[]
  readonly sum: number
}

/** One series of one worker, cumulative since the worker started. Values of labels in the order of the family. */
export type Sample = readonly [family: FamilyName, labels: readonly string[], value: number | HistogramValue]
