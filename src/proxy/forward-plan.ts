/** What forwarding goes by: what its route asks for, and what it needs of its worker. */
import type { Clock } from '../lib/clock.ts'
import type { Random } from '../lib/random.ts'
import type { RetrySpec, TimeoutSpec } from '../model/route.ts'
import type { Deadlines } from './deadlines.ts'
import type { ClusterChoice } from './types.ts'

/** What may be absent in the specification, filled in. */
export type RetryPlan = Required<Omit<RetrySpec, 'attemptMs'>> & Pick<RetrySpec, 'attemptMs'>

export interface ForwardPlan {
  readonly clusters: ClusterChoice
  readonly timeouts: TimeoutSpec
  readonly retry: RetryPlan
}

export interface ForwardHost {
  readonly deadlines: Deadlines
  readonly clock: Clock
  readonly random: Random
}
