/** What is known of endpoints at the moment, for people: load and verdicts as all workers see them. Plain JSON. */
import type { ClusterSpec, EndpointSpec } from '../../model/cluster.ts'
import { resourceKey, type Snapshot } from '../../model/snapshot.ts'
import type { Contrast } from '../cluster/attribution.ts'
import { fitness, fitnessSpec } from '../cluster/fitness.ts'
import type { SeatedCluster, SeatedEndpoint } from './endpoint-rows.ts'
import type { HealthView } from './health/health-checks.ts'

export interface ClusterView {
  /** Requests under way at all of them; absent where each worker counts for itself. */
  readonly inFlight?: number
  /** Those of them whose first attempt failed, and requests that wait until they may begin; absent likewise. */
  readonly retrying?: number
  readonly waiting?: number
  /** The revision, node or zone that fails clearly more than the others, where one does: `revision 7d9f8b6c5`. */
  readonly failingGroup?: string
  readonly endpoints: readonly EndpointView[]
}

export interface EndpointView {
  readonly endpoint: string
  readonly state: 'ready' | 'draining'
  /** What the balancer goes by now: 0 gets nothing. */
  readonly weight: number
  readonly inFlight: number
  /** Since it was added, modulo 2^32. */
  readonly successes: number
  readonly failures: number
  /** 0 where it is not ejected. */
  readonly ejectedForMs: number
  /** In succession. */
  readonly ejections: number
  readonly revision?: string
  readonly node?: string
  readonly zone?: string
  /** Where it gets requests before those who are farther away. */
  readonly near?: 'node' | 'zone'
  /** What health checks say; absent where it is not checked. */
  readonly health?: HealthView
}

/** What is told from elsewhere. */
export interface Outside {
  /** Monotonic milliseconds. */
  readonly now: number
  readonly healthOf: (cluster: string, endpoint: string) => HealthView | undefined
  readonly suspected: (cluster: string) => Pick<Contrast, 'by' | 'name'> | undefined
}

export function endpointsView(
  clusters: ReadonlyMap<string, SeatedCluster>,
  snapshot: Snapshot,
  { now, healthOf, suspected }: Outside,
): Readonly<Record<string, ClusterView>> {
  const views = [...clusters].map(([name, cluster]) => {
    const text = snapshot.get(resourceKey('cluster', name))
    const spec: Partial<ClusterSpec> = text === undefined ? {} : JSON.parse(text)
    const around = { now, healthOf: (id: string) => healthOf(name, id), suspect: suspected(name) }
    return [name, clusterView(cluster, spec, around)] as const
  })
  return Object.fromEntries(views)
}

/** The same for one cluster. */
interface Around {
  readonly now: number
  readonly healthOf: (endpoint: string) => HealthView | undefined
  readonly suspect: Pick<Contrast, 'by' | 'name'> | undefined
}

function clusterView({ row, endpoints }: SeatedCluster, spec: Partial<ClusterSpec>, around: Around): ClusterView {
  const standings = endpoints.map((endpoint) => ({
    endpoint,
    spec: endpoint.spec,
    readyAt: endpoint.row?.readyAt ?? Number.NEGATIVE_INFINITY,
    ejectedUntil: endpoint.row?.ejectedUntil ?? 0,
    isUnhealthy: endpoint.row?.isUnhealthy ?? false,
    inFlight: endpoint.row?.inFlight ?? 0,
    share: endpoint.row?.share ?? 1,
  }))
  const { candidates } = fitness(standings, fitnessSpec(spec), around.now)
  const weights = new Map(candidates.map(({ endpoint, weight }) => [endpoint.endpoint, weight]))
  return {
    ...(row === undefined ? {} : { inFlight: row.inFlight, retrying: row.retrying, waiting: row.waiting }),
    ...(around.suspect === undefined ? {} : { failingGroup: `${around.suspect.by} ${around.suspect.name}` }),
    endpoints: endpoints.map((endpoint) => endpointView(endpoint, weights.get(endpoint) ?? 0, around)),
  }
}

function endpointView({ id, spec, row }: SeatedEndpoint, weight: number, { now, healthOf }: Around): EndpointView {
  const health = healthOf(id)
  const { successes = 0, failures = 0 } = row?.tally ?? {}
  return {
    endpoint: id,
    state: spec.state,
    weight: Math.round(weight * 1000) / 1000,
    inFlight: row?.inFlight ?? 0,
    successes: successes >>> 0,
    failures: failures >>> 0,
    ejectedForMs: Math.max(0, Math.round((row?.ejectedUntil ?? 0) - now)),
    ejections: row?.ejections ?? 0,
    ...placed(spec),
    ...(health === undefined ? {} : { health }),
  }
}

/** Where it is and what it was made from, as far as that is known. */
function placed({
  revision,
  node,
  zone,
  near,
}: EndpointSpec): Pick<EndpointView, 'revision' | 'node' | 'zone' | 'near'> {
  return {
    ...(revision === undefined ? {} : { revision }),
    ...(node === undefined ? {} : { node }),
    ...(zone === undefined ? {} : { zone }),
    ...(near === undefined ? {} : { near }),
  }
}
