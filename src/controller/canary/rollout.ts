/**
 * How a rollout goes on: from step to step for as long as nothing speaks against the canary, back to nothing as soon as
 * something does, and to everything in the end. Pure; told once a second what is known.
 */
import type { Phase, Verdict } from '../api/canary-status.ts'
import type { Hold } from './metric-readings.ts'

export interface Step {
  /** Percent of the clients. */
  readonly weight: number
  /** Milliseconds that it lasts at least. */
  readonly pauseMs: number
  /** It ends only when somebody says so. */
  readonly approval: boolean
}

export interface Plan {
  /** The policy, as kubectl takes it: `checkout -n shop`. */
  readonly called: string
  /** What is rolled out; another one begins anew. */
  readonly revision: string
  /** At least one. */
  readonly steps: readonly Step[]
  /** Requests that the canary has to have had in a step before the next one. */
  readonly minRequests: number
  /** It stays where it is. */
  readonly isPaused: boolean
  /** The number of the last step that was approved; 0 where none was. */
  readonly approved: number
}

/** What is kept of it: in the status of the policy, for whoever leads next. */
export interface Rollout {
  readonly revision: string
  readonly phase: Phase
  /** From 1; the last one where it is over. */
  readonly step: number
  readonly weight: number
  /** Wall-clock milliseconds. */
  readonly stepStartedAt: number
  readonly verdict: Verdict
  /** What happens next, or why nothing does. */
  readonly message: string
}

/** What is known of the canary now. */
export interface Evidence {
  /** Why it is worse, in numbers; undefined where nothing says so. */
  readonly against: string | undefined
  /** Requests of the canary in this step. */
  readonly requests: number
  /** Why it has to stay in its step, beside too few of them. */
  readonly hold: Hold | undefined
}

/** @param now wall-clock milliseconds. */
export function begin({ revision, steps }: Plan, now: number): Rollout {
  const step = steps[0]!
  return {
    revision,
    phase: 'Progressing',
    step: 1,
    weight: step.weight,
    stepStartedAt: now,
    verdict: 'InsufficientTraffic',
    message: `step 1 of ${steps.length} began`,
  }
}

export function advance(rollout: Rollout, plan: Plan, { evidence, now }: { evidence: Evidence; now: number }): Rollout {
  if (isOver(rollout)) return rollout
  const { against, requests, hold } = evidence
  if (against !== undefined) return { ...rollout, phase: 'RolledBack', weight: 0, verdict: 'Worse', message: against }
  const number = Math.min(rollout.step, plan.steps.length)
  const step = plan.steps[number - 1]!
  const verdict = requests < plan.minRequests ? 'InsufficientTraffic' : (hold?.verdict ?? 'NotWorse')
  const here = { ...rollout, step: number, weight: step.weight, verdict } as const
  if (plan.isPaused) return { ...here, phase: 'Paused', message: 'spec.paused keeps it here' }
  const leftMs = rollout.stepStartedAt + step.pauseMs - now
  if (leftMs > 0) return { ...here, phase: 'Progressing', message: `step ${number} of ${plan.steps.length} lasts` }
  if (verdict === 'InsufficientTraffic') {
    const message = `the canary needs ${plan.minRequests} requests in step ${number} before the next one`
    return { ...here, phase: 'Progressing', message }
  }
  if (hold !== undefined) return { ...here, phase: 'Progressing', message: hold.message }
  if (step.approval && plan.approved < number) {
    const annotation = `sluice.dev/approved=${approval(plan, number)}`
    const message = `step ${number} waits for: kubectl annotate canarypolicy ${plan.called} ${annotation} --overwrite`
    return { ...here, phase: 'WaitingForApproval', message }
  }
  return next(here, plan, now)
}

/** It stays as it is, whatever comes, until there is another revision. */
export function isOver({ phase }: Rollout): boolean {
  return phase === 'RolledBack' || phase === 'Promoted'
}

/** What the annotation says to approve a step. A later rollout needs an approval of its own. */
export function approval({ revision }: Pick<Plan, 'revision'>, step: number): string {
  return revision === '' ? String(step) : `${revision}/${step}`
}

function next(rollout: Rollout, { steps }: Plan, now: number): Rollout {
  const step = steps[rollout.step]
  if (step === undefined) {
    const message = 'the canary is no worse than its primary, and serves everybody'
    return { ...rollout, phase: 'Promoted', weight: 100, stepStartedAt: now, message }
  }
  const number = rollout.step + 1
  const message = `step ${number} of ${steps.length} began`
  return {
    ...rollout,
    ...{ phase: 'Progressing', step: number, weight: step.weight, stepStartedAt: now },
    ...{ verdict: 'InsufficientTraffic', message },
  }
}
