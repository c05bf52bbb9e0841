/** What a CanaryPolicy asks of its rollout. */
import { SLUICE_PREFIX } from '../api/annotations/sluice.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import type { JudgeSpec } from './judge.ts'
import type { MetricSpec } from './metric-readings.ts'
import type { Plan } from './rollout.ts'

/** `kubectl annotate` sets it: the number of the last step that is approved, behind the revision where there is one. */
const APPROVED = `${SLUICE_PREFIX}approved`

const DEFAULT_MIN_REQUESTS = 100
const DEFAULT_TOLERANCES = { errors: 10, latency: 20 }
const DEFAULT_METRIC = { intervalMs: 30_000, timeoutMs: 5_000, failures: 2 }

/** @returns `undefined` where it has no rollout. */
export function planOf({ metadata, spec }: CanaryPolicy): Plan | undefined {
  const { values } = spec
  const steps = values['analysis.steps']
  if (steps === undefined) return undefined
  const revision = values['analysis.revision'] ?? ''
  return {
    called: `${metadata.name} -n ${metadata.namespace}`,
    revision,
    steps: steps.map(({ weight, pause = 0, approval = false }) => ({ weight, pauseMs: pause, approval })),
    minRequests: values['analysis.minRequests'] ?? DEFAULT_MIN_REQUESTS,
    isPaused: values.paused ?? false,
    approved: approvedStep(metadata.annotations.get(APPROVED), revision),
  }
}

export function judgeSpecOf({ spec: { values } }: CanaryPolicy): JudgeSpec {
  return {
    errorTolerancePercent: values['analysis.errorTolerancePercent'] ?? DEFAULT_TOLERANCES.errors,
    latencyTolerancePercent: values['analysis.latencyTolerancePercent'] ?? DEFAULT_TOLERANCES.latency,
  }
}

export function metricsOf({ spec: { values } }: CanaryPolicy): readonly MetricSpec[] {
  return (values['analysis.metrics'] ?? []).map((metric) => ({
    name: metric.name,
    question: { ...metric.prometheus, timeoutMs: metric.timeout ?? DEFAULT_METRIC.timeoutMs },
    max: metric.max,
    min: metric.min,
    intervalMs: metric.interval ?? DEFAULT_METRIC.intervalMs,
    failures: metric.failures ?? DEFAULT_METRIC.failures,
    unavailable: metric.unavailable ?? 'Hold',
  }))
}

/** 0 where nothing was approved, or what was is of another revision. */
function approvedStep(text: string | undefined, revision: string): number {
  const number = revision === '' ? text : text?.startsWith(`${revision}/`) ? text.slice(revision.length + 1) : undefined
  return number !== undefined && /^\d{1,3}$/.test(number) ? Number(number) : 0
}
