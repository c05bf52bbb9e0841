/** Options of how endpoints are asked for their health. */
import { duration, integer, type Leaves, list, object, oneOf, optional, text } from '../../lib/schema.ts'
import { statusRange } from './policy/status-range.ts'

const IN_A_ROW = integer(1, 100)
/** What hurries more than this is load, not a check. */
const SHORTEST_MS = 100

const HEALTH_CHECK = object({
  kind: optional(
    oneOf('none', 'http', 'https', 'tcp', 'grpc', 'grpcs', 'readiness-probe'),
    'What is asked. http and https: for an answer with one of the statuses. tcp: for a connection. grpc and grpcs: whether grpc.health.v1 says SERVING. readiness-probe: what the readinessProbe of each Pod asks, as often as it says. none: nothing.',
  ),
  port: optional(integer(0, 65_535), 'Port that is asked; 0 is the one that gets the requests.'),
  path: optional(text(/\/[!-~]{0,999}/, 'a path such as /healthz'), 'Path that is asked for, for http and https.'),
  host: optional(
    text(/[A-Za-z0-9.:[\]-]{0,253}/, 'a host name'),
    'Host that is asked for, for http and https; empty is the address of the endpoint.',
  ),
  statuses: optional(
    list(statusRange(), { minItems: 1 }),
    'Statuses of good answers, for http and https; redirects are not followed.',
  ),
  service: optional(
    text(/[A-Za-z0-9_./-]{0,100}/, 'the name of a service of gRPC'),
    'Service that is asked about, for grpc and grpcs; empty is the server as a whole.',
  ),
  interval: optional(duration(SHORTEST_MS), 'From one check to the next.'),
  timeout: optional(duration(SHORTEST_MS), 'Longest time that a good answer takes.'),
  healthyThreshold: optional(IN_A_ROW, 'Good answers in a row that make an unhealthy endpoint healthy.'),
  unhealthyThreshold: optional(IN_A_ROW, 'Bad answers in a row that make a healthy endpoint unhealthy.'),
  jitterPercent: optional(
    integer(0, 100),
    'How much longer or shorter each interval may be, so that checks do not keep in step.',
  ),
})

export const HEALTH_OPTIONS = {
  healthCheck: optional(
    HEALTH_CHECK,
    'How endpoints are asked for their health, beside what Kubernetes says. The first check of an endpoint comes within an interval; until then it counts as healthy.',
  ),
}

export type HealthValues = Leaves<typeof HEALTH_OPTIONS>

export const DEFAULT_HEALTH_VALUES: HealthValues = {
  'healthCheck.kind': 'none',
  'healthCheck.port': 0,
  'healthCheck.path': '/',
  'healthCheck.host': '',
  'healthCheck.statuses': [[200, 399]],
  'healthCheck.service': '',
  'healthCheck.interval': 10_000,
  'healthCheck.timeout': 2_000,
  'healthCheck.healthyThreshold': 2,
  'healthCheck.unhealthyThreshold': 3,
  'healthCheck.jitterPercent': 10,
}
