/** What keeps us from knowing how things are, told to those who run the cluster. */
import type { Problem } from '../../../model/problem.ts'
import { plainKind } from '../../api/kubernetes/kinds.ts'
import type { Health } from './reflector.ts'
import { type ResourceRow, resourceName } from './resources.ts'
import { MENDED_MS } from './verdict.ts'

/** One failure in a row is every day's business: watches end, servers are rolled. */
const WORTH_TELLING = 2

const AGAIN = `tried again every ${MENDED_MS / 1000} s`

/** What there is to say about one kind (in one namespace, where only some are watched); often nothing. */
export function problemOfHealth(row: ResourceRow, namespace: string | undefined, health: Health): readonly Problem[] {
  const at = { kind: 'Resource', namespace: namespace ?? '', name: resourceName(row) }
  const failure = health.failure ?? 'no reason is known'
  switch (health.condition) {
    case 'unknown-kind': {
      const message = `the cluster does not know this kind: taken as if there were no ${plainKind(row.kind)} (${row.why}); ${AGAIN}`
      return [{ at, severity: 'warning', reason: 'UnknownKind', message }]
    }
    case 'forbidden': {
      const message = `${failure}; expected the right to ${row.verbs.join(', ')}: what was read before stays in use, ${AGAIN}`
      return [{ at, severity: 'error', reason: 'ReadForbidden', message }]
    }
    case 'retrying': {
      if (health.failures < WORTH_TELLING) return []
      const message = `${failure}; what was read before stays in use`
      return [{ at, severity: 'error', reason: 'ApiServerUnavailable', message }]
    }
    default:
      return []
  }
}
