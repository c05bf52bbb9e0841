/** What reading a cluster, and writing to it, has to tell Prometheus. */
import type { Family } from '../proxy/metrics.ts'
import type { MetricSource, Series } from './metrics.ts'

const RESOURCE = ['resource', 'namespace'] as const

const FAMILIES = {
  sluice_kube_resource_state: {
    kind: 'gauge',
    help: 'Always 1; how reading a kind goes is the label: live, starting, retrying, forbidden or unknown-kind.',
    labels: [...RESOURCE, 'state'],
  },
  sluice_kube_objects: { kind: 'gauge', help: 'Objects that are known.', labels: RESOURCE },
  sluice_kube_age_seconds: {
    kind: 'gauge',
    help: 'Time since the API server last said something about a kind.',
    labels: RESOURCE,
  },
  sluice_kube_failures: { kind: 'gauge', help: 'Failures in a row of reading a kind.', labels: RESOURCE },
  sluice_kube_lists: { kind: 'counter', help: 'Lists that were read to their end.', labels: RESOURCE },
  sluice_kube_watches: { kind: 'counter', help: 'Watches that were opened.', labels: RESOURCE },
  sluice_kube_leader: {
    kind: 'gauge',
    help: '1 where this replica writes status and Events, 0 where another does.',
    labels: [],
  },
  sluice_kube_lease_failures: {
    kind: 'counter',
    help: 'Tries to take or renew the Lease that came to nothing.',
    labels: ['reason'],
  },
  sluice_kube_published_addresses: {
    kind: 'gauge',
    help: 'Addresses to write into Ingresses; absent while they are not known.',
    labels: [],
  },
  sluice_kube_status_writes: {
    kind: 'counter',
    help: 'Patches of a status, by what became of them.',
    labels: ['resource', 'result'],
  },
  sluice_kube_status_waiting: {
    kind: 'gauge',
    help: 'Objects whose status is still to be written.',
    labels: ['resource'],
  },
  sluice_kube_events: {
    kind: 'counter',
    help: 'Events: told, repeated, failed, or suppressed since the problem went before the budget allowed one.',
    labels: ['result'],
  },
  sluice_kube_events_waiting: { kind: 'gauge', help: 'Problems that wait for their first Event.', labels: [] },
} as const satisfies Record<string, Family>

export interface ResourceReading {
  readonly resource: string
  readonly namespace: string
  readonly health: { readonly condition: string; readonly failures: number }
  readonly objects: number
  readonly ageMs: number | undefined
  readonly lists: number
  readonly watches: number
}

type Counted = readonly (readonly [labels: readonly string[], count: number])[]

export interface Writing {
  readonly addresses: number | undefined
  readonly leading: boolean
  readonly leaseFailures: Counted
  readonly writes: Counted
  readonly waiting: readonly (readonly [resource: string, count: number])[]
  readonly events: Counted
  readonly eventsWaiting: number
}

export interface KubeState {
  readonly resources: () => readonly ResourceReading[]
  /** `undefined` where nothing is written. */
  readonly writing: () => Writing | undefined
}

export function kubeMetrics({ resources, writing }: KubeState): MetricSource {
  const collect = async () => {
    const now = writing()
    return [...resources().flatMap(seriesOfResource), ...(now === undefined ? [] : seriesOfWriting(now))]
  }
  return { families: FAMILIES, collect }
}

function seriesOfResource({ resource, namespace, health, ageMs, ...counts }: ResourceReading): Series[] {
  const labels = [resource, namespace]
  return [
    ['sluice_kube_resource_state', [...labels, health.condition], 1],
    ['sluice_kube_objects', labels, counts.objects],
    ...(ageMs === undefined ? [] : [['sluice_kube_age_seconds', labels, ageMs / 1000] satisfies Series]),
    ['sluice_kube_failures', labels, health.failures],
    ['sluice_kube_lists', labels, counts.lists],
    ['sluice_kube_watches', labels, counts.watches],
  ]
}

function seriesOfWriting({ addresses, leading, leaseFailures, writes, waiting, ...events }: Writing): Series[] {
  return [
    ['sluice_kube_leader', [], leading ? 1 : 0],
    ...(addresses === undefined ? [] : [['sluice_kube_published_addresses', [], addresses] satisfies Series]),
    ...counted('sluice_kube_lease_failures', leaseFailures),
    ...counted('sluice_kube_status_writes', writes),
    ...waiting.map(([resource, count]): Series => ['sluice_kube_status_waiting', [resource], count]),
    ...counted('sluice_kube_events', events.events),
    ['sluice_kube_events_waiting', [], events.eventsWaiting],
  ]
}

function counted(family: string, counts: Counted): Series[] {
  return counts.map(([labels, count]) => [family, labels, count])
}
