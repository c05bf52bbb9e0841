/** What the judge found, for people. */
import type { CanaryStatus } from '../api/canary-status.ts'
import { secondsTime } from '../api/kubernetes/time.ts'
import { type Finding, type Numbers, quantileMs } from './judge.ts'
import type { MetricTold } from './metric-readings.ts'
import type { Rollout } from './rollout.ts'

/** Odds beyond this say nothing more. */
const MOST_ODDS = 1e9

/** Why a canary is worse, in numbers; `undefined` where nothing says so. */
export function against({ worse, evidence, canary, primary }: Finding): string | undefined {
  if (worse === undefined) return undefined
  const odds = `odds ${odds1(evidence.total)} that the canary is worse`
  if (worse === 'latency') return `latency: ${times(canary)} for the canary, ${times(primary)} for the primary; ${odds}`
  return `errors: ${share(canary)} of the canary failed, ${share(primary)} of the primary; ${odds}`
}

export interface Known {
  /** How many there are. */
  readonly steps: number
  readonly finding: Finding
  readonly metrics: readonly MetricTold[]
}

/** As the status of the policy has it. */
export function statusOf(rollout: Rollout, { steps, finding, metrics }: Known): Record<string, unknown> {
  const { phase, weight, step, stepStartedAt, revision, verdict, message } = rollout
  return {
    phase,
    currentWeight: weight,
    step: `${step}/${steps}`,
    stepStartedAt: secondsTime(stepStartedAt),
    revision,
    verdict,
    message,
    evidence: { errors: odds1(finding.evidence.errors), latency: odds1(finding.evidence.latency) },
    canary: numbers(finding.canary),
    primary: numbers(finding.primary),
    metrics,
  }
}

/** What was kept of a rollout; `undefined` where it is of another revision, or cannot be read. */
export function rolloutOf(status: CanaryStatus, revision: string): Rollout | undefined {
  const { phase, currentWeight: weight, step = '', stepStartedAt = '', verdict, message = '' } = status
  const started = Date.parse(stepStartedAt)
  if (phase === undefined || weight === undefined || verdict === undefined) return undefined
  if (status.revision !== revision || Number.isNaN(started)) return undefined
  return { revision, phase, step: Number.parseInt(step, 10) || 1, weight, stepStartedAt: started, verdict, message }
}

function numbers(of: Numbers): object {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((quantile) => shown(quantileMs(of, quantile)))
  return { requests: of.requests, failures: of.failures, failurePercent: percent(of), p50, p95, p99 }
}

function times(of: Numbers): string {
  return `${shown(quantileMs(of, 0.5))} (p50) and ${shown(quantileMs(of, 0.95))} (p95) of ${of.requests} requests`
}

function share(of: Numbers): string {
  return `${of.failures} of ${of.requests} requests (${percent(of)})`
}

function percent({ requests, failures }: Numbers): string {
  return `${requests === 0 ? '0.00' : ((failures / requests) * 100).toFixed(2)} %`
}

function shown(ms: number | undefined): string {
  return ms === undefined ? '' : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** `812 : 1`. */
function odds1(logOdds: number): string {
  const odds = Math.exp(Math.min(logOdds, Math.log(MOST_ODDS)))
  return `${odds < 10 ? odds.toFixed(2) : Math.round(odds)} : 1`
}
