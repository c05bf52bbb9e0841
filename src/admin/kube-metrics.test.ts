import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubeMetrics, type ResourceReading, type Writing } from './kube-metrics.ts'
import { Metrics } from './metrics.ts'

const INGRESSES: ResourceReading = {
  resource: 'ingresses.networking.k8s.io',
  namespace: '',
  health: { condition: 'live', failures: 0 },
  objects: 12,
  ageMs: 1_500,
  lists: 1,
  watches: 4,
}

const WRITING: Writing = {
  addresses: 2,
  leading: true,
  leaseFailures: [[['conflict'], 1]],
  writes: [[['ingresses/status', 'written'], 7]],
  waiting: [['ingresses/status', 3]],
  events: [[['told'], 5]],
  eventsWaiting: 9,
}

async function lines(resources: readonly ResourceReading[], writing?: Writing): Promise<string[]> {
  const text = await new Metrics([kubeMetrics({ resources: () => resources, writing: () => writing })]).text()
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('what is read and what is written', async () => {
  assert.deepEqual(await lines([INGRESSES], WRITING), [
    'sluice_kube_resource_state{resource="ingresses.networking.k8s.io",namespace="",state="live"} 1',
    'sluice_kube_objects{resource="ingresses.networking.k8s.io",namespace=""} 12',
    'sluice_kube_age_seconds{resource="ingresses.networking.k8s.io",namespace=""} 1.5',
    'sluice_kube_failures{resource="ingresses.networking.k8s.io",namespace=""} 0',
    'sluice_kube_lists{resource="ingresses.networking.k8s.io",namespace=""} 1',
    'sluice_kube_watches{resource="ingresses.networking.k8s.io",namespace=""} 4',
    'sluice_kube_leader 1',
    'sluice_kube_lease_failures{reason="conflict"} 1',
    'sluice_kube_published_addresses 2',
    'sluice_kube_status_writes{resource="ingresses/status",result="written"} 7',
    'sluice_kube_status_waiting{resource="ingresses/status"} 3',
    'sluice_kube_events{result="told"} 5',
    'sluice_kube_events_waiting 9',
  ])
})

test('what is not known is not shown: an age before the first word, addresses, and who writes where nobody does', async () => {
  const unread: ResourceReading = {
    ...INGRESSES,
    health: { condition: 'forbidden', failures: 3 },
    ageMs: undefined,
    namespace: 'shop',
  }
  const printed = await lines([unread], { ...WRITING, addresses: undefined })
  assert.ok(
    printed.includes(
      'sluice_kube_resource_state{resource="ingresses.networking.k8s.io",namespace="shop",state="forbidden"} 1',
    ),
  )
  assert.deepEqual(
    printed.filter((line) => /age_seconds|addresses/.test(line)),
    [],
  )
  assert.deepEqual(
    (await lines([unread])).filter((line) => /leader|status|events|lease/.test(line.replace('state=', ''))),
    [],
  )
})
