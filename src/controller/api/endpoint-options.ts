/** Options of what is done with endpoints that are new, and with those that fail. */
import { duration, integer, type Leaves, object, oneOf, optional } from '../../lib/schema.ts'
import { DEFAULT_OUTLIER } from '../../model/cluster.ts'

const PERCENT = integer(0, 100)
const IN_A_ROW = integer(0, 1_000)

const SLOW_START = object({
  window: optional(duration(), 'Time in which the share of a new endpoint grows to the full one; 0 is off.'),
  aggression: optional(integer(1, 10), 'How fast it grows in the beginning: 1 is evenly, 2 is half after a quarter.'),
  minWeightPercent: optional(integer(1, 100), 'What a new endpoint gets at once, in percent of its full share.'),
})

const OUTLIER_DETECTION = object({
  consecutiveFaults: optional(
    IN_A_ROW,
    'Attempts in a row without a whole answer (refused, reset, timed out, malformed) that eject an endpoint; 0 is off.',
  ),
  consecutiveGatewayErrors: optional(IN_A_ROW, 'The same, where answers 502, 503 and 504 count as well; 0 is off.'),
  consecutive5xx: optional(IN_A_ROW, 'The same, where all answers of 500 and more count as well; 0 is off.'),
  failurePercent: optional(
    PERCENT,
    'Failures among the requests of one interval that eject an endpoint, if they are also twice those of the others; 0 is off.',
  ),
  latencyFactor: optional(
    integer(0, 100),
    'How many times slower than the median an endpoint has to be, in the mean of an interval, to be ejected; 0 is off.',
  ),
  minRequests: optional(
    integer(1, 1_000_000),
    'Fewer requests than this in an interval say nothing about percent and latency.',
  ),
  interval: optional(duration(), 'Time between two looks at percent and latency, a second or more.'),
  baseEjectionTime: optional(
    duration(),
    'Length of the first ejection; the second one in succession is twice as long, and so on.',
  ),
  maxEjectionTime: optional(duration(), 'Length of the longest ejection.'),
  maxEjectedPercent: optional(
    PERCENT,
    'Endpoints that may be ejected at a time. One may always be, the last one never; 0 ejects nobody.',
  ),
  groups: optional(
    oneOf('down-weight', 'report', 'off'),
    'What is done where a revision, a node or a zone fails clearly more than all other endpoints. down-weight: it gets less, and an Event says so. report: an Event says so. off: nothing.',
  ),
  returnTime: optional(duration(), 'Time in which the share of an endpoint that comes back grows to the full one.'),
})

export const ENDPOINT_OPTIONS = {
  slowStart: optional(SLOW_START, 'How new endpoints, and those that were ejected, get their share.'),
  outlierDetection: optional(OUTLIER_DETECTION, 'Which endpoints get nothing for a while because they fail.'),
}

export type EndpointValues = Leaves<typeof ENDPOINT_OPTIONS>

export const DEFAULT_ENDPOINT_VALUES: EndpointValues = {
  'slowStart.window': 10_000,
  'slowStart.aggression': 1,
  'slowStart.minWeightPercent': 10,
  'outlierDetection.consecutiveFaults': DEFAULT_OUTLIER.consecutiveFaults,
  'outlierDetection.consecutiveGatewayErrors': DEFAULT_OUTLIER.consecutiveGatewayErrors,
  'outlierDetection.consecutive5xx': DEFAULT_OUTLIER.consecutive5xx,
  'outlierDetection.failurePercent': DEFAULT_OUTLIER.failurePercent,
  'outlierDetection.latencyFactor': DEFAULT_OUTLIER.latencyFactor,
  'outlierDetection.minRequests': DEFAULT_OUTLIER.minRequests,
  'outlierDetection.interval': DEFAULT_OUTLIER.intervalMs,
  'outlierDetection.baseEjectionTime': DEFAULT_OUTLIER.baseEjectionMs,
  'outlierDetection.maxEjectionTime': DEFAULT_OUTLIER.maxEjectionMs,
  'outlierDetection.maxEjectedPercent': DEFAULT_OUTLIER.maxEjectedPercent,
  'outlierDetection.groups': 'down-weight',
  'outlierDetection.returnTime': DEFAULT_OUTLIER.returnMs,
}
