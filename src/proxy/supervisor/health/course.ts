/** From answers to health: who was good has to fail several times in a row, who was bad to be good again. Pure. */
import type { CheckSpec } from '../../../model/health.ts'

/** `unchecked`: nobody knows yet. It counts as healthy, since Kubernetes has said that it is ready. */
export type Health = 'unchecked' | 'healthy' | 'unhealthy'

export interface Course {
  readonly health: Health
  /** Answers in a row that speak against it. */
  readonly doubts: number
}

export const UNCHECKED: Course = { health: 'unchecked', doubts: 0 }

type Thresholds = Pick<CheckSpec, 'healthyThreshold' | 'unhealthyThreshold'>

export function nextCourse({ health, doubts }: Course, isGood: boolean, thresholds: Thresholds): Course {
  const { healthyThreshold, unhealthyThreshold } = thresholds
  if (health === 'unhealthy') {
    if (!isGood) return { health, doubts: 0 }
    return doubts + 1 >= healthyThreshold ? { health: 'healthy', doubts: 0 } : { health, doubts: doubts + 1 }
  }
  if (isGood) return { health: 'healthy', doubts: 0 }
  return doubts + 1 >= unhealthyThreshold ? { health: 'unhealthy', doubts: 0 } : { health, doubts: doubts + 1 }
}

/**
 * The question is another one from now on. What was bad stays out until the first good answer, which is enough: what
 * failed may have been the question.
 */
export function renewed(isUnhealthy: boolean, { healthyThreshold }: Thresholds): Course {
  return isUnhealthy ? { health: 'unhealthy', doubts: healthyThreshold - 1 } : UNCHECKED
}
