/** Whether replicas hear of each other. */
import type { Family } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

const FAMILIES = {
  sluice_peers: {
    kind: 'gauge',
    help: 'Other replicas: known to be there, and heard of in the last seconds.',
    labels: ['state'],
  },
  sluice_peer_datagrams_total: {
    kind: 'counter',
    help: 'Datagrams on the port for replicas, by what became of them: accepted, stranger, version, stale, malformed.',
    labels: ['verdict'],
  },
} as const satisfies Record<string, Family>

export interface PeerState {
  readonly known: number
  readonly heard: number
  readonly received: Readonly<Record<string, number>>
}

export function peerMetrics(peers: PeerState): MetricSource {
  const collect = async (): Promise<Series[]> => [
    ['sluice_peers', ['known'], peers.known],
    ['sluice_peers', ['heard'], peers.heard],
    ...Object.entries(peers.received).map(
      ([verdict, count]): Series => ['sluice_peer_datagrams_total', [verdict], count],
    ),
  ]
  return { families: FAMILIES, collect }
}
