/** How a rollout of a CanaryPolicy goes on: its steps, what is judged, and what else has to be well. */
import {
  boolean,
  checked,
  duration,
  integer,
  listOf,
  number,
  object,
  oneOf,
  optional,
  required,
  text,
} from '../../lib/schema.ts'

const MOST_STEPS = 20
const MOST_METRICS = 5
const LEAST_INTERVAL_MS = 5_000
const LEAST_TIMEOUT_MS = 100
/** Of a server that is asked for metrics, without credentials, query and fragment. */
export const METRIC_ADDRESS = /https?:\/\/([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(\/[\w.~/-]*)?/

export const LONGEST_METRIC_ADDRESS = 512

const PROMETHEUS = object({
  address: required(
    text(METRIC_ADDRESS, 'an address such as http://prometheus.monitoring:9090', LONGEST_METRIC_ADDRESS),
    'Where it is, up to what stands before /api/v1/query: one of those that the operator allows (--metric-servers).',
  ),
  query: required(
    text(/[\s\S]+/, 'a query in PromQL that gives one value', 2048),
    'What it is asked, in PromQL: one value, a scalar or a vector of one element.',
  ),
})

const METRIC = checked(
  object({
    name: required(
      text(/[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/, 'a name of lower-case letters, digits and dashes', 63),
      'Its name, in status and messages.',
    ),
    prometheus: required(PROMETHEUS, 'Who is asked for it, and what.'),
    max: optional(number(), 'More than this is too much.'),
    min: optional(number(), 'Less than this is too little.'),
    interval: optional(duration(LEAST_INTERVAL_MS), 'How often it is asked. Without it: 30s.'),
    timeout: optional(duration(LEAST_TIMEOUT_MS), 'How long an answer may take. Without it: 5s.'),
    failures: optional(
      integer(1, 100),
      'The canary is taken back after so many answers in a row that are too much or too little. Without it: 2.',
    ),
    unavailable: optional(
      oneOf('Hold', 'Ignore', 'RollBack'),
      'What becomes of the rollout while there is no answer: it stays in its step (Hold), goes on (Ignore), or is taken back after so many questions in a row as failures says (RollBack). Without it: Hold.',
    ),
  }),
  {
    rule: 'has(self.max) || has(self.min)',
    message: 'expected max, min or both: without them nothing is wrong with any value',
    holds: ({ max, min }) => max !== undefined || min !== undefined,
  },
)

const STEP = object(
  {
    weight: required(integer(1, 99), 'Percent of the clients.'),
    pause: optional(duration(), 'How long the step lasts at least.'),
    approval: optional(boolean(), 'It ends only when somebody approves of it.'),
  },
  [
    {
      rule: 'has(self.pause) || (has(self.approval) && self.approval)',
      message: 'expected a pause such as 5m, approval: true, or both',
    },
  ],
)

export const ANALYSIS = object({
  steps: required(
    listOf(STEP, { minItems: 1, maxItems: MOST_STEPS }),
    'Shares of the clients, one after the other. Behind the last one the canary gets everybody.',
  ),
  minRequests: optional(
    integer(1, 1_000_000),
    'Requests that the canary has to have had in a step before the next one begins. Without it: 100.',
  ),
  errorTolerancePercent: optional(
    integer(0, 1_000),
    'By how many percent the odds of a failure may be higher than those of the primary. Without it: 10.',
  ),
  latencyTolerancePercent: optional(
    integer(0, 1_000),
    'By how many percent the canary may be slower; 5 ms are always fine. Without it: 20. 0 judges no latency.',
  ),
  metrics: optional(
    checked(listOf(METRIC, { minItems: 1, maxItems: MOST_METRICS }), {
      rule: 'self.all(a, self.exists_one(b, b.name == a.name))',
      message: 'expected metrics that each have a name of their own',
      holds: (metrics) => new Set(metrics.map(({ name }) => name)).size === metrics.length,
    }),
    'What else has to be well: values that a Prometheus is asked for, by the replica that leads.',
  ),
  revision: optional(
    text(/[A-Za-z0-9][\w.:@+-]{0,127}/, 'a revision such as v1.4.2', 128),
    'What is rolled out, such as the tag of an image: another value begins a rollout anew.',
  ),
})
