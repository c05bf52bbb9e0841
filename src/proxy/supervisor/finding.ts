/** What is said of a group of endpoints that fails, to whoever owns the Service. */
import type { Problem } from '../../model/problem.ts'
import { type Contrast, type Counted, type Dimension, partOf } from '../cluster/attribution.ts'
import { clusterLabels } from '../cluster-labels.ts'

const REASONS: Readonly<Record<Dimension, string>> = {
  revision: 'RevisionFails',
  node: 'NodeFails',
  zone: 'ZoneFails',
}

/** @param share of its weight that the group gets as long as it fails; up to 1. */
export function findingOf(cluster: string, contrast: Contrast, share: number): Problem {
  const [namespace = '', name = '', port = ''] = clusterLabels(cluster)
  const { by, name: group, endpoints, group: mine, others } = contrast
  const pods = endpoints === 1 ? '1 endpoint' : `${endpoints} endpoints`
  const fails = `port ${port}: ${by} ${group} (${pods}) fails ${shown(mine)}, all others ${shown(others)}`
  const fate = share === 1 ? '' : `; until it is well it gets ${Math.round(share * 100)} % of its share`
  return {
    at: { kind: 'Service', namespace, name },
    severity: 'warning',
    reason: REASONS[by],
    message: `${fails}${fate}`,
  }
}

/** `38.2 % of 1240 requests`. */
function shown(counted: Counted): string {
  return `${(100 * partOf(counted)).toFixed(1)} % of ${counted.requests} requests`
}
