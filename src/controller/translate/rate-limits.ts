/** What a RateLimitPolicy means: a table for each of its limits, and a filter that asks them. */
import type { FilterSpec } from '../../model/filter.ts'
import type { LimitAnswer, RateLimitSpec, RateLimitUse } from '../../model/rate-limit.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { type LimitValue, MOST_BURST } from '../api/policy/limit.ts'
import type { RateLimitPolicy } from '../api/rate-limit-policy.ts'
import type { Report } from './report.ts'

const UNIT_MS: Readonly<Record<NonNullable<LimitValue['per']>, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
}
const DEFAULT_KEYS = 65_536
const DEFAULT_STATUS = 429

/** Of two limits with one name the first one counts; the API server takes no such list, a file may hold one. */
function limitsOf(policy: RateLimitPolicy): readonly LimitValue[] {
  const { limits = [] } = policy.spec.values
  return limits.filter(({ name }, i) => limits.findIndex((each) => each.name === name) === i)
}

/** Tells of limits that are left out since another one has their name. */
export function reportTwins(policy: RateLimitPolicy, report: Report): void {
  const { limits = [] } = policy.spec.values
  const counted = new Set(limitsOf(policy))
  for (const limit of limits) {
    if (counted.has(limit)) continue
    const message = `there are several limits called ${limit.name}; the first one counts and the others are left out`
    report.error(originOf(policy, 'spec.limits'), 'DuplicateName', message)
  }
}

/** Tells of limits of the whole cluster where this replica knows of no others. */
export function reportAlone(policy: RateLimitPolicy, report: Report): void {
  for (const { name, scope } of limitsOf(policy)) {
    if (scope !== 'Cluster') continue
    const message = `${name}: scope Cluster needs replicas that know each other (--peer-port), or a store (limitStore of the SluiceConfig); each replica counts for itself`
    report.warning(originOf(policy, 'spec.limits'), 'NoPeers', message)
  }
}

/** A claim says who somebody is as long as nobody lies: this proxy does not verify tokens. */
export function warnOfClaims(policy: RateLimitPolicy, report: Report): void {
  for (const { name, key = [] } of limitsOf(policy)) {
    const claim = key.find((part) => part.startsWith('claim:'))
    if (claim === undefined) continue
    const message = `${name}: ${claim} of a token that nobody verified is a hint and no identity: who wants to can be many clients`
    report.warning(originOf(policy, 'spec.limits'), 'UnverifiedClaim', message)
  }
}

/** The filters of a route that these policies hold for. What of them cannot be read is told elsewhere. */
export function rateLimitFilters(policies: readonly RateLimitPolicy[]): readonly FilterSpec[] {
  return policies.flatMap((policy) => {
    const { exempt = [], mode = 'Enforce' } = policy.spec.values
    const limits = limitsOf(policy).map((limit) => useOf(policy, limit))
    if (limits.length === 0) return []
    return [{ kind: 'rate-limit', limits, exempt, shadow: mode === 'Shadow', answer: answerOf(policy) }]
  })
}

export function rateLimitEntries(policy: RateLimitPolicy): readonly Entry[] {
  return limitsOf(policy).map((limit) => entryOf('rateLimit', nameOf(policy, limit.name), specOf(limit)))
}

function useOf(policy: RateLimitPolicy, limit: LimitValue): RateLimitUse {
  const { name, key: on = ['client'], cost = 1, costHeader, direction, when } = limit
  return {
    limit: nameOf(policy, name),
    kind: specOf(limit).kind,
    on,
    networks: { ipv4: limit.networks?.ipv4 ?? 32, ipv6: limit.networks?.ipv6 ?? 64 },
    cost,
    ...(costHeader === undefined ? {} : { costField: costHeader }),
    ...(direction === 'Request' ? { direction: 'request' } : {}),
    ...(when === undefined ? {} : { when }),
  }
}

function specOf(limit: LimitValue): RateLimitSpec {
  const {
    concurrent,
    bandwidth,
    requests = 1,
    per = 'second',
    burst = Math.min(requests, MOST_BURST),
    keys = DEFAULT_KEYS,
  } = limit
  if (bandwidth !== undefined) return { kind: 'bandwidth', bytesPerSecond: bandwidth, keys }
  if (concurrent !== undefined) return { kind: 'concurrency', most: concurrent, keys }
  const ofCluster = limit.scope === 'Cluster' ? ({ ofCluster: true } as const) : {}
  return { kind: 'rate', requests, perMs: UNIT_MS[per], burst, ...ofCluster, keys }
}

function answerOf({ spec: { values } }: RateLimitPolicy): LimitAnswer {
  const { 'response.body': text, 'response.contentType': contentType = 'text/plain; charset=utf-8' } = values
  return {
    status: values['response.status'] ?? DEFAULT_STATUS,
    ...(text === undefined ? {} : { body: { contentType, text } }),
    fields: values['response.headers'] ?? [],
  }
}

function nameOf({ metadata }: RateLimitPolicy, limit: string): string {
  return `${metadata.namespace}/${metadata.name}/${limit}`
}
