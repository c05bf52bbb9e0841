/** How old a Pod is, as Kubernetes has it: its weight grows from when it became ready, whoever sees it when. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { until } from '../harness/until.ts'
import { ingress, own } from './objects.ts'
import { APP, APP_NAMESPACE, type Pod, type Stage } from './stage.ts'

const WINDOW_MS = 40_000
/** Times of conditions are whole seconds, and machines have clocks of their own. */
const TOLERANCE = 2_500 / WINDOW_MS
const LATE: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'late', namespace: APP_NAMESPACE },
  spec: { selector: { app: APP.name }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
} as KubeObject

export function slowStart(stage: () => Stage): void {
  /** Weights by Pod address, as each replica of Sluice has them. */
  const weights = async (service: string): Promise<readonly ReadonlyMap<string, number>[]> => {
    const replicas = await stage().replicas()
    const pages = await Promise.all(replicas.map((pod) => stage().admin(pod, '/debug/endpoints')))
    return pages.map((page) => {
      const clusters = JSON.parse(page) as Record<string, { endpoints: { endpoint: string; weight: number }[] }>
      const { endpoints = [] } = clusters[`${APP_NAMESPACE}/${service}:80`] ?? {}
      return new Map(endpoints.map(({ endpoint, weight }) => [endpoint.replace(/:\d+$/, ''), weight]))
    })
  }
  /** Pods that are ready, by their address: for how long, as Kubernetes says. */
  const ages = async (): Promise<ReadonlyMap<string, number>> => {
    const query = `labelSelector=app%3D${APP.name}`
    const { items } = await stage().client.list<Pod>(`/api/v1/namespaces/${APP_NAMESPACE}/pods?${query}`)
    const found = items.flatMap(({ status: { podIP, conditions = [] } }) => {
      const ready = conditions.find(({ type, status }) => type === 'Ready' && status === 'True')
      return podIP === undefined || ready === undefined
        ? []
        : [[podIP, Date.now() - Date.parse(ready.lastTransitionTime!)] as const]
    })
    return new Map(found)
  }
  const assertByAge = async (service: string) => {
    // It takes a while to ask: the weights are those of some moment in it.
    const before = await ages()
    const views = await weights(service)
    const after = await ages()
    const due = (age: number | undefined) => Math.min(1, Math.max(0.1, (age ?? 0) / WINDOW_MS))
    for (const [address, weight] of views.flatMap((view) => [...view])) {
      const [least, most] = [due(before.get(address)), due(after.get(address))]
      const isDue = weight > least - TOLERANCE && weight < most + TOLERANCE
      assert.ok(isDue, `${service}: ${address} has ${weight}, ${least} to ${most} is due`)
    }
  }
  const policy = own('BackendPolicy', 'slow', {
    targetRefs: [APP.name, 'late'].map((name) => ({ group: '', kind: 'Service', name })),
    slowStart: { window: `${WINDOW_MS}ms` },
  })
  const scale = (replicas: number) =>
    stage().client.patch(`/apis/apps/v1/namespaces/${APP_NAMESPACE}/deployments/${APP.name}/scale`, {
      spec: { replicas },
    })

  test('the weight of a new Pod is that of its age in Kubernetes, for all replicas and for Services that come later', async () => {
    await stage().put(policy)
    await until({ what: 'Pods that are older than the window', forMs: WINDOW_MS + 30_000 }, async () => {
      const known = await ages()
      return known.size === 3 && [...known.values()].every((age) => age > WINDOW_MS) ? true : undefined
    })
    await scale(4)
    const young = await until({ what: 'a young endpoint', forMs: 60_000 }, async () => {
      const views = await weights(APP.name)
      return views.every((view) => [...view.values()].some((weight) => weight > 0.2 && weight < 1)) ? views : undefined
    })
    assert.equal(young[0]!.size, 4)
    await assertByAge(APP.name)
    await stage().put(LATE)
    await stage().put(ingress('late', [{ host: 'late.test', backend: { name: 'late', port: 80 } }]))
    await until({ what: 'the other Service', forMs: 30_000 }, async () => {
      return (await weights('late')).every(({ size }) => size === 4) ? true : undefined
    })
    await assertByAge('late')
    await scale(3)
    for (const object of [ingress('late', []), LATE, policy]) await stage().remove(object)
  })
}
