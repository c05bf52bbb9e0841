/**
 * How near the endpoints of a Service are to us, as far as anybody asks for near ones. Hints of the slices say it as
 * they do for kube-proxy: those for nodes where every ready endpoint has one and one is for us, else those for zones in
 * the same way (KEP-2433, KEP-3015). Without such hints the Service is asked itself (`spec.trafficDistribution`), and
 * endpoints are near where they are where we are.
 */
import type { EndpointSpec } from '../../model/cluster.ts'
import type { SliceEndpoint } from '../api/kubernetes/endpoint-slice.ts'

export type Near = EndpointSpec['near']

/** Where we are, as far as it is known. */
export interface Place {
  readonly zone: string | undefined
  readonly node: string | undefined
}

/** Whom a policy prefers; `service`: whom the Service does. */
export type Preference = 'service' | 'zone' | 'node' | 'none'

/** What a Service may ask for. `PreferClose` is what `PreferSameZone` was called first. */
const DISTRIBUTIONS: Readonly<Record<string, 'zone' | 'node'>> = {
  PreferClose: 'zone',
  PreferSameZone: 'zone',
  PreferSameNode: 'node',
}

export function isKnownDistribution(distribution: string): boolean {
  return Object.hasOwn(DISTRIBUTIONS, distribution)
}

export interface Asked {
  readonly prefer: Preference
  readonly here: Place
  /** `spec.trafficDistribution` of the Service. */
  readonly distribution: string | undefined
}

/** @param ready all endpoints that are. */
export function nearness(ready: readonly SliceEndpoint[], asked: Asked): (endpoint: SliceEndpoint) => Near {
  const { prefer, here, distribution = '' } = asked
  if (prefer === 'none' || (here.zone === undefined && here.node === undefined)) return nobody
  if (prefer !== 'service') return (endpoint) => byPlace(endpoint, prefer, here)
  if (ready.length > 0 && ready.every(({ hints }) => hasNames(hints?.forNodes)) && ready.some(isForNode)) return hinted
  if (ready.length > 0 && ready.every(({ hints }) => hasNames(hints?.forZones)) && ready.some(isForZone)) {
    return (endpoint) => (isForZone(endpoint) ? 'zone' : undefined)
  }
  const wanted = DISTRIBUTIONS[distribution]
  return wanted === undefined ? nobody : (endpoint) => byPlace(endpoint, wanted, here)

  function isForNode({ hints }: SliceEndpoint): boolean {
    return hints?.forNodes.some(({ name }) => name === here.node) === true
  }
  function isForZone({ hints }: SliceEndpoint): boolean {
    return hints?.forZones.some(({ name }) => name === here.zone) === true
  }
  function hinted(endpoint: SliceEndpoint): Near {
    return isForNode(endpoint) ? 'node' : isForZone(endpoint) ? 'zone' : undefined
  }
}

function nobody(): undefined {}

function hasNames(names: readonly unknown[] | undefined): boolean {
  return names !== undefined && names.length > 0
}

function byPlace({ nodeName, zone }: SliceEndpoint, wanted: 'zone' | 'node', here: Place): Near {
  if (wanted === 'node' && nodeName !== undefined && nodeName === here.node) return 'node'
  return zone !== undefined && zone === here.zone ? 'zone' : undefined
}
