/** What is wrong inside the `spec` of an object of ours, and what that means for its values. */
import { concerns, leavesOf, type Members } from '../../lib/schema.ts'
import type { Complaint } from '../../lib/shape.ts'
import { type Identified, originOf } from '../api/kubernetes/metadata.ts'
import type { Declared } from '../api/policy/declared.ts'
import type { Report } from './report.ts'

export interface Faulty extends Identified {
  readonly spec: Declared<unknown>
  /** Paths whose last good values stay. */
  readonly kept?: readonly string[]
}

export function reportFaults(object: Faulty, members: Members, report: Report): void {
  for (const { field, message } of object.spec.faults) {
    const { reason, fate } = judge(object, members, { field, message })
    report.error(originOf(object, field), reason, `${message}; ${fate}`)
  }
}

function judge({ kept = [] }: Faulty, members: Members, { field }: Complaint): { reason: string; fate: string } {
  const path = field.replace(/^spec\./, '')
  const leaves = leavesOf(members).filter((leaf) => concerns(path, leaf.path))
  if (leaves.length === 0) return { reason: 'UnknownField', fate: 'it has no effect' }
  if (path.startsWith('targetRefs')) return { reason: 'InvalidValue', fate: 'this policy holds for nothing' }
  const staying = leaves.some((leaf) => kept.includes(leaf.path))
  return { reason: 'InvalidValue', fate: staying ? 'its last good value stays' : 'the next weaker source applies' }
}
