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
  if (prefer === 'none' || (here.zone === undefined && here.node === undefined)) return () => undefined
  if (prefer !== 'service') return (endpoint) => byPlace(endpoint, prefer, here)
  if (areHinted(ready, 'forNodes', here.node)) return (endpoint) => byHints(endpoint, 'node', here)
  if (areHinted(ready, 'forZones', here.zone)) return (endpoint) => byHints(endpoint, 'zone', here)
  const wanted = DISTRIBUTIONS[distribution]
  return wanted === undefined ? () => undefined : (endpoint) => byPlace(endpoint, wanted, here)
}

type HintKind = 'forNodes' | 'forZones'

/** Does everybody have a hint of that kind, and somebody one for us? */
function areHinted(ready: readonly SliceEndpoint[], kind: HintKind, ours: string | undefined): boolean {
  return ready.every(({ hints }) => hints !== undefined && hints[kind].length > 0) && ready.some(isFor(kind, ours))
}

function isFor(kind: HintKind, ours: string | undefined): (endpoint: SliceEndpoint) => boolean {
  return ({ hints }) => hints?.[kind].some(({ name }) => name === ours) === true
}

function byHints(endpoint: SliceEndpoint, wanted: 'zone' | 'node', here: Place): Near {
  if (wanted === 'node' && isFor('forNodes', here.node)(endpoint)) return 'node'
  return isFor('forZones', here.zone)(endpoint) ? 'zone' : undefined
}

function byPlace({ nodeName, zone }: SliceEndpoint, wanted: 'zone' | 'node', here: Place): Near {
  if (wanted === 'node' && nodeName !== undefined && nodeName === here.node) return 'node'
  return zone !== undefined && zone === here.zone ? 'zone' : undefined
}
