/** What is wrong inside the `spec` of an object of ours, and what that means for its values. */
import { concerns, type Leaf, type LineField, leavesOf, type Members } from '../../lib/schema.ts'
import { type Identified, originOf } from '../api/kubernetes/metadata.ts'
import type { Declared } from '../api/policy/declared.ts'
import type { Report } from './report.ts'

export interface Faulty extends Identified {
  readonly spec: Declared<object>
  /** Paths whose last good values stay, as lines of text could hold them. */
  readonly kept?: readonly string[]
}

export function reportFaults(object: Faulty, members: Members, report: Report): void {
  if (object.spec.faults.length === 0) return
  const leaves = leavesOf(members)
  for (const { field, message } of object.spec.faults) {
    const path = field.replace(/^spec\./, '')
    const { reason, fate } = judge(
      object,
      leaves.filter((leaf) => concerns(path, leaf.path)),
    )
    report.error(originOf(object, field), reason, `${message}; ${fate}`)
  }
}

/** @param leaves those that a fault is about; none where it is about a field that does not exist. */
function judge(object: Faulty, leaves: readonly Leaf[]): { readonly reason: string; readonly fate: string } {
  if (leaves.length === 0) return { reason: 'UnknownField', fate: 'it has no effect' }
  const reason = 'InvalidValue'
  if (leaves.some(({ path }) => path === 'targetRefs')) return { reason, fate: 'this policy holds for nothing' }
  const kept = leaves.filter(({ path }) => object.kept?.includes(path))
  if (kept.length === 0) return { reason, fate: 'the next weaker source applies' }
  const stays = kept.map((leaf) => `${leaf.path} ${shown(object, leaf)}`).join(', ')
  return { reason, fate: `what was good last stays: ${stays}` }
}

function shown({ spec }: Faulty, { path, field }: Leaf): string {
  const values: Readonly<Record<string, unknown>> = { ...spec.values }
  return (field as LineField<unknown>).show(values[path])
}
