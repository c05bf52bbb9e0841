/** What a RateLimitPolicy means: a table for each of its limits, and a filter that asks them. */
import type { FilterSpec } from '../../model/filter.ts'
import type { RateLimitSpec } from '../../model/rate-limit.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { type LimitValue, MOST_BURST, type RateLimitPolicy } from '../api/rate-limit-policy.ts'
import type { Report } from './report.ts'

const UNIT_MS: Readonly<Record<LimitValue['per'], number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}
const DEFAULT_KEYS = 65_536

/** Of two limits with one name the first one counts; the API server takes no such list, a file may hold one. */
export function limitsOf(policy: RateLimitPolicy): readonly LimitValue[] {
  const { limits = [] } = policy.spec.values
  return limits.filter(({ name }, i) => limits.findIndex((each) => each.name === name) === i)
}

/** Tells of limits that are left out since another one has their name. */
export function reportTwins(policy: RateLimitPolicy, report: Report): void {
  const { limits = [] } = policy.spec.values
  const counted = new Set(limitsOf(policy))
  for (const [i, limit] of limits.entries()) {
    if (counted.has(limit)) continue
    const message = `a limit called ${limit.name} stands before this one, which is left out`
    report.error(originOf(policy, `spec.limits[${i}].name`), 'DuplicateName', message)
  }
}

/** The filter of all routes that the policy holds for; none where its limits cannot be read, which is told elsewhere. */
export function rateLimitFilters(policy: RateLimitPolicy | undefined): readonly FilterSpec[] {
  if (policy === undefined) return []
  const { exempt = [], mode = 'Enforce' } = policy.spec.values
  const limits = limitsOf(policy)
  if (limits.length === 0) return []
  const uses = limits.map(({ name, key = ['client'] }) => ({ limit: nameOf(policy, name), on: key }))
  return [{ kind: 'rate-limit', limits: uses, exempt, shadow: mode === 'Shadow' }]
}

export function rateLimitEntries(policy: RateLimitPolicy): readonly Entry[] {
  return limitsOf(policy).map((limit) => entryOf('rateLimit', nameOf(policy, limit.name), specOf(limit)))
}

function specOf({
  requests,
  per,
  burst = Math.min(requests, MOST_BURST),
  keys = DEFAULT_KEYS,
}: LimitValue): RateLimitSpec {
  return { requests, perMs: UNIT_MS[per], burst, keys }
}

function nameOf({ metadata }: RateLimitPolicy, limit: string): string {
  return `${metadata.namespace}/${metadata.name}/${limit}`
}
