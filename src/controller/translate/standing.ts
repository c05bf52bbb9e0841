/**
 * What an endpoint of a slice may be used for, by what the slice says of it and what its Pod does. A Pod is told to end
 * before its slices say so, some of them seconds before: whoever says it first is believed.
 */
import type { EndpointSpec } from '../../model/cluster.ts'
import type { SliceEndpoint } from '../api/kubernetes/endpoint-slice.ts'
import { graceSeconds, isEnding, type Pod } from '../api/kubernetes/pod.ts'
import type { View } from './view.ts'

export type Standing = Pick<EndpointSpec, 'state' | 'weight' | 'graceMs'>

/** @returns `undefined` where it gets nothing and nobody ends it: it is not ready, and what it has it keeps. */
export function standingOf({ conditions }: SliceEndpoint, pod: Pod | undefined): Standing | undefined {
  const { ready = true, serving = ready, terminating = false } = conditions ?? {}
  if (terminating || (pod !== undefined && isEnding(pod))) {
    // With the weight of none: it ends, and those who are connected to it have to know.
    return { state: 'draining', weight: serving ? 1 : 0, graceMs: graceSeconds(pod) * 1000 }
  }
  return ready ? { state: 'ready', weight: 1 } : undefined
}

/** @param namespace of the slice. */
export function podOf({ targetRef }: SliceEndpoint, namespace: string, view: View): Pod | undefined {
  if (targetRef?.kind !== 'Pod' || targetRef.name === undefined) return undefined
  return view.pod(targetRef.namespace ?? namespace, targetRef.name, targetRef.uid)
}
