/** What became of an object of ours, as conditions on it. Pure. */
import { integer, isObject, object, optional, type Read, readShape, text } from '../../lib/shape.ts'
import type { Problem } from '../../model/problem.ts'

const CONDITION = object({
  type: text,
  status: text,
  observedGeneration: optional(integer),
  lastTransitionTime: optional(text),
  reason: optional(text),
  message: optional(text),
})
export type Condition = Read<typeof CONDITION>

/** What was found out about one version of an object. */
export interface Finding {
  /** `metadata.generation` of the version that it is about. */
  readonly generation: number | undefined
  readonly problems: readonly Problem[]
}

const OURS: ReadonlySet<string> = new Set(['Accepted', 'Programmed'])
/** Most problems that one message tells. */
const MOST_TOLD = 10
const LONGEST_MESSAGE = 4_096

/** As they stand in a status; those that cannot be read are none. */
export function conditionsOfStatus(status: unknown): readonly Condition[] {
  const list = isObject(status) ? status.conditions : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((each) => {
    const read = readShape(CONDITION, each, 'ignore')
    return 'value' in read ? [read.value] : []
  })
}

/**
 * The conditions that say so; those of others are theirs. `Accepted` says whether all of it could be used,
 * `Programmed` that every worker has it; it is only to be asked for once they have.
 * @param now as `metav1.Time` has it.
 */
export function conditionsOf(finding: Finding, there: readonly Condition[], now: string): readonly Condition[] {
  return verdicts(finding).map((verdict) => {
    const before = there.find(({ type }) => type === verdict.type)
    // The time is that of the last change of the status alone.
    const since = before?.status === verdict.status ? (before.lastTransitionTime ?? now) : now
    const { generation } = finding
    return {
      ...verdict,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: since,
    }
  })
}

/** The same, where no worker has it any more; whether it could be used is as true as before. */
export function unprogrammed(there: readonly Condition[], now: string): readonly Condition[] {
  const message = 'Nothing that is served has to do with it any more.'
  const ours = there.filter(({ type }) => OURS.has(type))
  return ours.map((each) =>
    each.type === 'Programmed' && each.status === 'True'
      ? { ...each, status: 'False', reason: 'NotInUse', message, lastTransitionTime: now }
      : each,
  )
}

/** Whether all of these stand there already, field by field. */
export function areThere(wanted: readonly Condition[], there: readonly Condition[]): boolean {
  const texts = new Set(there.map(printed))
  return wanted.every((each) => texts.has(printed(each)))
}

type Verdict = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function verdicts({ problems }: Finding): readonly Verdict[] {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const worth = problems.filter(({ severity }) => severity !== 'note')
  const first = errors[0]
  if (first !== undefined) {
    const fate = 'The workers go by what of it is accepted, if anything.'
    return [
      { type: 'Accepted', status: 'False', reason: first.reason, message: told(worth) },
      { type: 'Programmed', status: 'False', reason: 'NotAccepted', message: fate },
    ]
  }
  return [
    { type: 'Accepted', status: 'True', reason: 'Accepted', message: told(worth) },
    { type: 'Programmed', status: 'True', reason: 'Programmed', message: 'Every worker has it.' },
  ]
}

function told(problems: readonly Problem[]): string {
  const texts = problems
    .slice(0, MOST_TOLD)
    .map(({ at, message }) => (at.field === undefined ? message : `${at.field}: ${message}`))
  const more = problems.length - texts.length
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ').slice(0, LONGEST_MESSAGE)
}

function printed({ type, status, reason, message = '', observedGeneration, lastTransitionTime }: Condition): string {
  return JSON.stringify([type, status, reason, message, observedGeneration, lastTransitionTime])
}
