/** Where the other replicas are: what the EndpointSlices of a Service of ours say, but for this one. */
import type { EndpointSlice } from '../api/kubernetes/endpoint-slice.ts'
import type { PeerAddress } from './peers.ts'

/** Ready or not: one that has no traffic yet has no say, and does no harm. */
export function rosterOf(slices: readonly EndpointSlice[], ownPod: string | undefined): readonly PeerAddress[] {
  return slices.flatMap(({ endpoints, ports }) => {
    const port = ports.find(({ protocol }) => protocol === 'UDP')?.port
    if (port === undefined) return []
    const others = endpoints.filter(({ targetRef }) => ownPod === undefined || targetRef?.name !== ownPod)
    return others.flatMap(({ addresses: [address] }) => (address === undefined ? [] : [{ address, port }]))
  })
}
