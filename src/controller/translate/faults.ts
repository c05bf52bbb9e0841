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
  for (const { field, message, isUnknown = false } of object.spec.faults) {
    const { reason, fate } = isUnknown ? UNKNOWN : { reason: 'InvalidValue', fate: fateOf(object, field, leaves) }
    report.error(originOf(object, field), reason, `${message}; ${fate}`)
  }
}

const UNKNOWN = { reason: 'UnknownField', fate: 'it has no effect' }

/** What a bad value of this field means for what holds. */
function fateOf(object: Faulty, field: string, all: readonly Leaf[]): string {
  const at = field.replace(/^spec\./, '')
  const leaves = all.filter(({ path }) => concerns(at, path))
  if (leaves.some(({ path }) => path === 'targetRefs')) return 'this policy holds for nothing'
  if (leaves.some(({ path, field }) => field.itemsApart && at.startsWith(`${path}[`))) return 'this item is left out'
  const kept = leaves.filter(({ path }) => object.kept?.includes(path))
  if (kept.length === 0) return 'the next weaker source applies'
  return `what was good last stays: ${kept.map((leaf) => `${leaf.path} ${shown(object, leaf)}`).join(', ')}`
}

function shown({ spec }: Faulty, { path, field }: Leaf): string {
  const values: Readonly<Record<string, unknown>> = { ...spec.values }
  return (field as LineField<unknown>).show(values[path])
}
