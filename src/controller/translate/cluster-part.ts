/** One cluster of the desired state: where it leads, and its endpoints as they are now. */
import type { Problem } from '../../model/problem.ts'
import { type Entry, entryOf } from '../../model/snapshot.ts'
import type { Backend } from './backends.ts'
import type { EndpointAsks } from './endpoint-asks.ts'
import { endpointsOf } from './endpoints.ts'
import type { TranslateOptions } from './options.ts'
import type { View } from './view.ts'

export interface Inputs {
  readonly view: View
  readonly options: TranslateOptions
}

export interface ClusterPart {
  readonly backend: Backend
  /** What was asked of each endpoint. */
  readonly asks: EndpointAsks
  readonly endpoints: Entry
  readonly problems: readonly Problem[]
}

export function gatherCluster(backend: Backend, asks: EndpointAsks, inputs: Inputs): ClusterPart {
  const { endpoints, problems } = endpointsOf(backend.endpoints, { ...inputs, asks })
  return { backend, asks, endpoints: entryOf('endpoints', backend.cluster, endpoints), problems }
}

/** What the endpoints of a cluster are gathered from: the same object as long as nothing of it changed. */
export function sourceOf({ endpoints, namespace, service }: Backend, view: View): unknown {
  return endpoints.kind === 'slices' ? view.slices(namespace, service) : view.resolution(endpoints.host)
}
