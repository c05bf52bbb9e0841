/** Who comes first where two want the same. */
import { compareText } from '../../model/problem.ts'
import type { Identified } from '../api/kubernetes/metadata.ts'

/** The older; one without creationTimestamp (a file has none) counts as youngest; then namespace and name decide. */
export function byAge({ metadata: a }: Identified, { metadata: b }: Identified): number {
  const [left, right] = [a.creationTimestamp ?? Number.MAX_VALUE, b.creationTimestamp ?? Number.MAX_VALUE]
  return left - right || compareText(a.namespace, b.namespace) || compareText(a.name, b.name)
}
