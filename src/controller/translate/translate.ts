/**
 * From the cluster to the whole desired state of the proxy: a pure function of what the view answers and of the
 * options. No clock, no I/O, no logger. It never throws for data; what is wrong becomes a problem of its owner and
 * harms nobody else.
 */
import type { ClusterSpec } from '../../model/cluster.ts'
import { compareText, type Problem } from '../../model/problem.ts'
import type { HostPattern, Origin } from '../../model/route.ts'
import { type ResourceKey, type Resources, resourceKey, type Snapshot } from '../../model/snapshot.ts'
import type { Ingress } from '../api/kubernetes/ingress.ts'
import { originOf } from '../api/kubernetes/metadata.ts'
import { type Backend, Backends } from './backends.ts'
import { type Claim, claimOf } from './claims.ts'
import { ourIngresses } from './classes.ts'
import { endpointsOf } from './endpoints.ts'
import { draftIngress } from './ingress.ts'
import { type LastResort, mergeDrafts } from './merge.ts'
import type { TranslateOptions } from './options.ts'
import { ROOT } from './paths.ts'
import { Report, tidy } from './report.ts'
import type { Feed, View } from './view.ts'

export interface Translation {
  readonly snapshot: Snapshot
  /** All problems, in a fixed order, each once. */
  readonly problems: readonly Problem[]
  /** Those that are ours, as they were read. */
  readonly ingresses: readonly Ingress[]
  /** What it takes to replace a part of it: see `LiveTranslation`. */
  readonly parts: Parts
}

export interface Parts {
  /** Problems of everything but endpoints. */
  readonly routing: readonly Problem[]
  /** By what their endpoints come from. */
  readonly clusters: ReadonlyMap<Feed, readonly ClusterPart[]>
}

export interface ClusterPart {
  readonly backend: Backend
  readonly endpoints: Entry
  readonly problems: readonly Problem[]
}

export function translate(view: View, options: TranslateOptions): Translation {
  const report = new Report()
  const backends = new Backends(view, options, report)
  const ingresses = ourIngresses(view, options, report)
  const drafts = ingresses.map((ingress) => draftIngress(ingress, { view, options, report, backends }))
  const { hosts, granted } = mergeDrafts(drafts, lastResort(options, backends), report)
  reportPolicies(view, report)
  const inUse = backendsOf(granted)
  const clusters = inUse.map((backend) => gatherCluster(backend, { view, options }))
  const snapshot = new Map([
    resource('settings', 'global', options.settings),
    ...hosts.map((host) => resource('virtualHost', host.host, host)),
    ...inUse.map((backend) => resource('cluster', backend.cluster, clusterOf(backend))),
    ...clusters.map(({ endpoints }) => endpoints),
  ])
  const parts = {
    routing: report.problems,
    clusters: Map.groupBy(clusters, ({ backend }) => backend.endpoints.feed),
  }
  return { snapshot, ingresses, problems: problemsOf(parts), parts }
}

/** All problems, in a fixed order, each once. */
export function problemsOf({ routing, clusters }: Parts): readonly Problem[] {
  return tidy([...routing, ...[...clusters.values()].flatMap((parts) => parts.flatMap(({ problems }) => problems))])
}

export interface Inputs {
  readonly view: View
  readonly options: TranslateOptions
}

/** One cluster with its endpoints as they are now. */
export function gatherCluster(backend: Backend, { view, options }: Inputs): ClusterPart {
  const { endpoints, problems } = endpointsOf(backend.endpoints, view, options)
  return { backend, endpoints: resource('endpoints', backend.cluster, endpoints), problems }
}

type Entry = readonly [ResourceKey, string]

function resource<K extends keyof Resources>(kind: K, name: string, content: Resources[K]): Entry {
  return [resourceKey(kind, name), JSON.stringify(content)]
}

function clusterOf({ cluster, namespace, service }: Backend): ClusterSpec {
  return { name: cluster, namespace, service, protocol: 'http/1.1', balancer: { kind: 'round-robin' } }
}

/** Each cluster once, in the order of its name. */
function backendsOf(claims: readonly Claim[]): readonly Backend[] {
  const found = new Map(claims.flatMap(({ backend }) => (backend === undefined ? [] : [[backend.cluster, backend]])))
  return [...found.values()].sort((a, b) => compareText(a.cluster, b.cluster))
}

/** The operator's default backend has no Ingress behind it; its origin is the option. */
function lastResort({ defaultBackend, routeDefaults }: TranslateOptions, backends: Backends): LastResort | undefined {
  if (defaultBackend === undefined) return undefined
  const origin: Origin = { kind: 'Option', namespace: '', name: 'default-backend-service' }
  const target = backends.resolveText(defaultBackend, origin)
  const policy = { values: routeDefaults, origins: new Map() }
  return (host: HostPattern) =>
    claimOf({ host, id: `option/default-backend-service/${host}//default`, path: ROOT, origin }, target, policy)
}

function reportPolicies(view: View, report: Report): void {
  for (const policy of view.policies()) {
    report.warning(originOf(policy), 'PolicyNotServed', 'this kind is known and kept, but has no effect yet')
  }
}
