/** What is known of an endpoint of a slice beside its address and its standing: from the slice, its Pod, and policies. */
import type { EndpointSpec } from '../../model/cluster.ts'
import type { SliceEndpoint } from '../api/kubernetes/endpoint-slice.ts'
import { type Pod, readySince, revisionOf } from '../api/kubernetes/pod.ts'
import type { EndpointAsks } from './endpoint-asks.ts'
import type { Near } from './nearness.ts'
import { podCheck } from './pod-check.ts'

export type EndpointFacts = Pick<EndpointSpec, 'zone' | 'node' | 'revision' | 'near' | 'readyAt' | 'healthCheck'>

export interface Known {
  readonly endpoint: SliceEndpoint
  readonly pod: Pod | undefined
  readonly port: number
  readonly near: Near
}

/** @param unusable called where a Pod says nothing that can be asked from here. */
export function factsOf(known: Known, asks: EndpointAsks, unusable: (reason: string) => void): EndpointFacts {
  const { endpoint, pod, near } = known
  const { zone, nodeName: node } = endpoint
  const revision = pod && revisionOf(pod)
  const readyAt = pod && readySince(pod)
  return {
    ...(zone === undefined ? {} : { zone }),
    ...(node === undefined ? {} : { node }),
    ...(revision === undefined ? {} : { revision }),
    ...(near === undefined ? {} : { near }),
    ...(readyAt === undefined ? {} : { readyAt }),
    ...(asks.probes ? checkOf(known, unusable) : {}),
  }
}

function checkOf({ pod, port }: Known, unusable: (reason: string) => void): Pick<EndpointSpec, 'healthCheck'> {
  const healthCheck = podCheck(pod, port)
  if (!('unusable' in healthCheck)) return { healthCheck }
  unusable(healthCheck.unusable)
  return {}
}
