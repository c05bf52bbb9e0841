/** Where the rollout of a policy stands, and what is told of how it ended. */
import type { CanaryPolicy } from '../api/canary-policy.ts'
import { readCanaryStatus } from '../api/canary-status.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { canaryName } from './canary-spec.ts'
import type { Report } from './report.ts'
import type { RolloutFact } from './view.ts'

/**
 * What somebody worked out; before that, as after a start, what the status says, and nothing for the canary where that is
 * about another revision.
 * @returns `undefined` where the policy has no rollout: its weights are its own.
 */
export function rolloutFact(policy: CanaryPolicy, known: RolloutFact | undefined): RolloutFact | undefined {
  const { 'analysis.steps': steps, 'analysis.revision': revision = '' } = policy.spec.values
  if (steps === undefined) return undefined
  if (known?.revision === revision) return known
  const status = readCanaryStatus(policy.status)
  const weight = status.revision === revision ? (status.currentWeight ?? 0) : 0
  return { policy: canaryName(policy), revision, weight }
}

/** That it was taken back is a reason to look; that everybody has it, to replace the primary. */
export function reportOutcome(policy: CanaryPolicy, { phase, message }: Outcome, report: Report): void {
  const at = originOf(policy, 'spec.analysis')
  if (phase === 'RolledBack') report.warning(at, 'CanaryRolledBack', message)
  else report.note(at, 'CanaryPromoted', message)
}

type Outcome = NonNullable<RolloutFact['outcome']>
