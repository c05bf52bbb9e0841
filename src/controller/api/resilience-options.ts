/** Options of what is done where endpoints fail or have too much to do. */
import { boolean, bytes, duration, integer, type Leaves, list, object, oneOf, optional } from '../../lib/schema.ts'
import { DEFAULT_RETRY_BUDGET } from '../../model/cluster.ts'
import { DEFAULT_RETRY, PRIORITIES } from '../../model/route.ts'

/** Of routes. */
export const RESILIENCE_ROUTE_OPTIONS = {
  retry: optional(
    object({
      attempts: optional(integer(0, 10), 'Attempts after the first one, made only where repeating is safe.'),
      attemptTimeout: optional(
        duration(),
        'Longest time until an attempt is answered; then another one is made where that is safe. 0 is no limit.',
      ),
      onStatus: optional(
        list(integer(400, 599)),
        'Statuses that are as good as no answer, where another attempt is safe; 503 for example.',
      ),
      anyMethod: optional(
        boolean(),
        'Repeat requests of all methods, POST too, where an endpoint may have acted on them already.',
      ),
      bodyBuffer: optional(
        bytes(0, 16 * 1024 * 1024),
        'Bytes of a request body that are kept to be sent again; a longer one is sent once. 0 keeps none.',
      ),
    }),
    'What happens when an attempt fails.',
  ),
  priority: optional(
    oneOf(...PRIORITIES),
    'Who is served longest where a worker is overloaded: low is shed first, then normal, high never.',
  ),
}

export const DEFAULT_RESILIENCE_ROUTE_VALUES: Leaves<typeof RESILIENCE_ROUTE_OPTIONS> = {
  'retry.attempts': DEFAULT_RETRY.attempts,
  'retry.attemptTimeout': 0,
  'retry.onStatus': DEFAULT_RETRY.statuses,
  'retry.anyMethod': DEFAULT_RETRY.anyMethod,
  'retry.bodyBuffer': DEFAULT_RETRY.bodyBytes,
  priority: 'normal',
}

const UP_TO_A_MILLION = integer(0, 1_000_000)

/** Of clusters. */
export const RESILIENCE_OPTIONS = {
  retryBudget: optional(
    object({
      percent: optional(integer(0, 100), 'Of the requests under way, those that may be a further attempt.'),
      perSecond: optional(integer(0, 10_000), 'Further attempts beside those, in the mean of ten seconds.'),
    }),
    'Bounds how much failures add to the load of a service.',
  ),
  limits: optional(
    object({
      requests: optional(UP_TO_A_MILLION, 'Requests under way at all endpoints together; 0 is no limit.'),
      requestsPerEndpoint: optional(UP_TO_A_MILLION, 'Requests under way at one endpoint; 0 is no limit.'),
      connectionsPerEndpoint: optional(
        UP_TO_A_MILLION,
        'Connections at work at one endpoint, divided among the workers; 0 is no limit.',
      ),
      adaptive: optional(
        boolean(),
        'Let each worker find out how many requests the service answers at a time without getting slower.',
      ),
      pending: optional(
        UP_TO_A_MILLION,
        'Requests that wait for room where a limit is reached; others are answered 503.',
      ),
      pendingTimeout: optional(duration(), 'How long they wait before they are answered 503.'),
    }),
    'How much a service gets at a time, from all workers of a replica.',
  ),
  holding: optional(
    object({
      timeout: optional(
        duration(),
        'How long requests wait for the first endpoint where there is none; 0 answers them 503 at once.',
      ),
      requests: optional(UP_TO_A_MILLION, 'Requests that may wait so; others are answered 503.'),
    }),
    'What becomes of requests while a service has no endpoint: while it is scaled up from nothing, for example.',
  ),
}

export const DEFAULT_RESILIENCE_VALUES: Leaves<typeof RESILIENCE_OPTIONS> = {
  'retryBudget.percent': DEFAULT_RETRY_BUDGET.percent,
  'retryBudget.perSecond': DEFAULT_RETRY_BUDGET.perSecond,
  'limits.requests': 0,
  'limits.requestsPerEndpoint': 0,
  'limits.connectionsPerEndpoint': 0,
  'limits.adaptive': false,
  'limits.pending': 100,
  'limits.pendingTimeout': 1_000,
  'holding.timeout': 0,
  'holding.requests': 100,
}
