/** What the status of a CanaryPolicy says of its rollout. It is where another leader goes on, too. */
import { integer, type Leaves, listOf, object, oneOf, optional, readLeaves, required, text } from '../../lib/schema.ts'
import { Place } from '../../lib/shape.ts'

/** A rollout goes on, stands still for one of two reasons, or is over. */
const PHASES = ['Progressing', 'Paused', 'WaitingForApproval', 'RolledBack', 'Promoted'] as const
export type Phase = (typeof PHASES)[number]

const VERDICTS = ['InsufficientTraffic', 'MetricUnavailable', 'MetricBeyond', 'NotWorse', 'Worse'] as const
export type Verdict = (typeof VERDICTS)[number]

/** A metric was not asked for in this step yet, is well, is not, or cannot be had. */
const METRIC_STATES = ['Pending', 'Ok', 'Beyond', 'Unavailable'] as const
export type MetricState = (typeof METRIC_STATES)[number]

const MOST = Number.MAX_SAFE_INTEGER
const DATE = text(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'a date such as 2026-01-31T12:00:00Z', 32)
const WORDS = text(/[\s\S]*/, 'words', 1024)

const NUMBERS = {
  requests: optional(integer(0, MOST), 'Requests that were judged.'),
  failures: optional(integer(0, MOST), 'Those of them that failed.'),
  failurePercent: optional(WORDS, 'The same as a share.'),
  p50: optional(WORDS, 'Half of the answers began within this time.'),
  p95: optional(WORDS, 'Of twenty answers nineteen.'),
  p99: optional(WORDS, 'Of a hundred answers all but one.'),
}

const METRIC = object({
  name: required(text(/[-a-z0-9]{1,63}/, 'a name', 63), 'As spec.analysis.metrics has it.'),
  state: optional(oneOf(...METRIC_STATES), 'Whether it is well: Unavailable where there was no answer.'),
  message: optional(WORDS, 'Its value, or why there is none.'),
})

export const CANARY_STATUS = {
  phase: optional(oneOf(...PHASES), 'How the rollout stands.'),
  currentWeight: optional(integer(0, 100), 'Percent of the clients that the canary has now.'),
  step: optional(text(/\d{1,3}\/\d{1,3}/, 'such as 2/3', 8), 'The step that it is in, of how many.'),
  stepStartedAt: optional(DATE, 'When that began.'),
  revision: optional(text(/[\w.:@+-]*/, 'a revision', 128), 'What is rolled out, as spec.analysis.revision had it.'),
  verdict: optional(oneOf(...VERDICTS), 'What is known of the canary.'),
  message: optional(WORDS, 'What happens next, or why nothing does.'),
  evidence: optional(
    object({
      errors: optional(WORDS, 'Odds that the canary fails more often than its primary, against its not doing so.'),
      latency: optional(WORDS, 'Odds that it is slower.'),
    }),
    'What speaks against the canary; where both together come to 400 : 1 it is rolled back.',
  ),
  canary: optional(object(NUMBERS), 'What the canary did since somebody judges it.'),
  primary: optional(object(NUMBERS), 'What the primary did meanwhile.'),
  metrics: optional(listOf(METRIC, { maxItems: 5 }), 'What was answered last of spec.analysis.metrics.'),
}

export type CanaryStatus = Partial<Leaves<typeof CANARY_STATUS>>

/** What can be read of a status; what cannot is as if it were not there. */
export function readCanaryStatus(status: unknown): CanaryStatus {
  return status === undefined ? {} : readLeaves(CANARY_STATUS, status, new Place('status', [], 'ignore'))
}
