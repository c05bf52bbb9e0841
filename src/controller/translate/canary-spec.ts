/** What a CanaryPolicy says, as the proxy is told of it, and what is wrong with it beyond single fields. */
import type { CanarySpec } from '../../model/canary.ts'
import { PRIMARY } from '../../model/canary.ts'
import type { CanaryPolicy, CanaryValues, MatchValue } from '../api/canary-policy.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import type { Report } from './report.ts'

const DEFAULT_COOKIE = 'sluice-canary'
const THIRTY_DAYS_S = 2_592_000
const FATE = 'this policy holds for nothing'

/** `namespace/name`: what its resource is called. */
export function canaryName({ metadata }: CanaryPolicy): string {
  return `${metadata.namespace}/${metadata.name}`
}

/**
 * @param values of a policy that is sound.
 * @param weight of the only variant, where a rollout decides it.
 */
export function canarySpec(values: CanaryValues, weight?: number): CanarySpec {
  const { variants = [], matches = [], 'assignment.key': key = 'session' } = values
  const { 'mirror.service': service, 'mirror.percent': percent = 100 } = values
  const name = values['assignment.cookieName'] ?? DEFAULT_COOKIE
  const maxAgeS = values['assignment.cookieMaxAgeSeconds'] ?? THIRTY_DAYS_S
  return {
    matches,
    key,
    ...(key === 'session' ? { cookie: { name, maxAgeS } } : {}),
    variants: variants.map((each) => ({ name: each.name, weight: weight ?? each.weight ?? 0 })),
    ...(service === undefined ? {} : { mirror: { percent } }),
  }
}

/**
 * Half of such a policy would send somebody's clients elsewhere: one mistake and it holds for nothing.
 * @returns whether it can be used. What is wrong is told.
 */
export function isSound(policy: CanaryPolicy, report: Report): boolean {
  for (const { field, message } of policy.spec.faults) {
    report.error(originOf(policy, field), 'InvalidValue', `${message}; ${FATE}`)
  }
  if (policy.spec.faults.length > 0) return false
  // Without faults, all that is required is there.
  const complaints = [...complaintsOf(policy.spec.values as CanaryValues)]
  for (const { field, message } of complaints) {
    report.error(originOf(policy, `spec.${field}`), 'InvalidValue', `${message}; ${FATE}`)
  }
  return complaints.length === 0
}

/** A claim says who somebody is as long as nobody lies: this proxy does not verify tokens. */
export function warnOfClaims(policy: CanaryPolicy, report: Report): void {
  const key = policy.spec.values['assignment.key']
  if (key?.startsWith('claim:') !== true) return
  const message = `${key} of a token that nobody verified is a hint and no identity: who wants to can choose a variant`
  report.warning(originOf(policy, 'spec.assignment.key'), 'UnverifiedClaim', message)
}

interface FieldComplaint {
  readonly field: string
  readonly message: string
}

/** What the API server refuses by rules over several fields; a file may hold it, or an older definition let it in. */
function* complaintsOf(values: CanaryValues): Iterable<FieldComplaint> {
  const { rules = [], variants = [], matches = [] } = values
  yield* complaintsOfAnalysis(values)
  if (values.variants === undefined && values['mirror.service'] === undefined) {
    yield { field: 'variants', message: 'expected variants, mirror or both: without them nothing happens' }
  }
  const names = variants.map(({ name }) => name)
  for (const [i, name] of names.entries()) {
    const field = `variants[${i}].name`
    if (name === PRIMARY) yield { field, message: 'expected another name: primary is the Service of targetRefs' }
    if (names.indexOf(name) < i) yield { field, message: `expected another name: there is a variant ${name} already` }
  }
  const total = variants.reduce((sum, { weight = 0 }) => sum + weight, 0)
  if (total > 100) yield { field: 'variants', message: `expected weights that come to 100 at most, not ${total}` }
  for (const [i, rule] of rules.entries()) {
    if (Object.keys(rule).length === 0) yield { field: `rules[${i}]`, message: 'expected ingress, host or path' }
  }
  for (const [i, match] of matches.entries())
    yield* complaintsOfMatch(match, `matches[${i}]`, [PRIMARY, ...new Set(names)])
}

function* complaintsOfMatch(match: MatchValue, field: string, names: readonly string[]): Iterable<FieldComplaint> {
  const { variant, methods, headers, cookies, query, clients } = match
  if (!names.includes(variant)) {
    yield { field: `${field}.variant`, message: `expected one of ${names.join(', ')}, not ${variant}` }
  }
  if ((methods ?? headers ?? cookies ?? query ?? clients) === undefined) {
    yield { field, message: 'expected methods, headers, cookies, query or clients' }
  }
  for (const [part, texts] of Object.entries({ headers, cookies, query })) {
    for (const [i, { value, pattern }] of (texts ?? []).entries()) {
      if (value === undefined || pattern === undefined) continue
      yield { field: `${field}.${part}[${i}]`, message: 'expected either value or pattern' }
    }
  }
}

function* complaintsOfAnalysis(values: CanaryValues): Iterable<FieldComplaint> {
  const { variants = [], paused, 'analysis.steps': steps } = values
  if (steps === undefined) {
    if (paused !== undefined) yield { field: 'paused', message: 'expected analysis beside it: there is no rollout' }
    return
  }
  if (variants.length !== 1) yield { field: 'variants', message: 'expected one variant beside analysis' }
  for (const [i, { weight }] of variants.entries()) {
    if (weight === undefined) continue
    yield { field: `variants[${i}].weight`, message: 'expected none beside analysis: its steps say it' }
  }
  for (const [i, { pause, approval }] of steps.entries()) {
    if (pause !== undefined || approval === true) continue
    yield { field: `analysis.steps[${i}]`, message: 'expected a pause, approval: true, or both' }
  }
}
