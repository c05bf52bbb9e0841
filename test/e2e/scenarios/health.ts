/** Health checks, age and place of Pods, and a revision that fails: told by Kubernetes, decided by Sluice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { until } from '../harness/until.ts'
import { rolledOut, workload } from '../harness/workload.ts'
import { ingress, own } from './objects.ts'
import { APP, APP_HOST, APP_NAMESPACE, type Stage } from './stage.ts'

interface EndpointView {
  readonly endpoint: string
  readonly weight: number
  readonly revision?: string
  readonly node?: string
  readonly zone?: string
  readonly near?: string
  readonly health?: { readonly state: string; readonly lastFailure?: string }
}

const SERVICE = `/api/v1/namespaces/${APP_NAMESPACE}/services`
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${APP_NAMESPACE}/deployments`

export function health(stage: () => Stage): void {
  /** What each replica of Sluice knows of the endpoints of a Service. */
  const endpoints = async (service: string): Promise<readonly (readonly EndpointView[])[]> => {
    const replicas = await stage().replicas()
    const pages = await Promise.all(replicas.map((pod) => stage().admin(pod, '/debug/endpoints')))
    return pages.map((page) => {
      const clusters = JSON.parse(page) as Record<string, { endpoints: EndpointView[] }>
      return clusters[`${APP_NAMESPACE}/${service}:80`]?.endpoints ?? []
    })
  }
  const everywhere = (what: string, service: string, holds: (endpoint: EndpointView) => boolean) =>
    until({ what, forMs: 60_000 }, async () => {
      const views = await endpoints(service)
      if (views.every((each) => each.length > 0 && each.every(holds))) return views
      throw new Error(JSON.stringify(views))
    })
  const policy = (name: string, more: object) => {
    return own('BackendPolicy', name, { targetRefs: [{ group: '', kind: 'Service', name: APP.name }], ...more })
  }

  test('of each Pod it is known where it is and what it was made from', async () => {
    const [view] = await everywhere('revision, node and zone', APP.name, ({ revision, node, zone }) => {
      return [revision, node, zone].every((each) => each !== undefined)
    })
    assert.equal(new Set(view!.map(({ revision }) => revision)).size, 1)
  })

  test('endpoints are asked what their readinessProbe asks, and what a policy says from the moment it does', async () => {
    const asked = (healthCheck: object) => stage().put(policy('checked', { healthCheck }))
    await asked({ kind: 'readiness-probe' })
    await everywhere('healthy endpoints', APP.name, ({ health }) => health?.state === 'healthy')
    await asked({ kind: 'http', path: '/status?code=500', interval: '500ms', unhealthyThreshold: 2 })
    const [view] = await everywhere('unhealthy endpoints', APP.name, ({ health }) => health?.state === 'unhealthy')
    assert.equal(view![0]!.health!.lastFailure, 'answered 500, expected 200-399')
    await stage().answers(APP_HOST, 200)
    await stage().remove(policy('checked', {}))
    await everywhere('endpoints that nobody checks', APP.name, ({ health, weight }) => !health && weight > 0)
  })

  test('a Service that asks for near endpoints gets them: our own zone is known without a right to read nodes', async () => {
    const distribute = (trafficDistribution: string | null) =>
      stage().client.patch(`${SERVICE}/${APP.name}`, { spec: { trafficDistribution } })
    await distribute('PreferClose')
    await until({ what: 'near endpoints, all of one zone, and nothing for the others', forMs: 60_000 }, async () => {
      const views = await endpoints(APP.name)
      const nears = views.map((view) => view.filter(({ near }) => near === 'zone'))
      const isOneZone = nears.every((near) => new Set(near.map(({ zone }) => zone)).size <= 1)
      const isApart = views.every((view, i) => {
        return nears[i]!.length === 0 || view.every(({ near, weight }) => weight > 0 === (near === 'zone'))
      })
      return (nears.some((near) => near.length > 0) && isOneZone && isApart) || undefined
    })
    await stage().answers(APP_HOST, 200)
    await distribute(null)
    await everywhere('endpoints that are all alike', APP.name, ({ near }) => near === undefined)
  })

  test('of two revisions behind a Service the one that fails is named by an Event and gets less, until it is gone', async () => {
    const { client } = stage()
    const good = workload({ namespace: APP_NAMESPACE, name: 'split', replicas: 3 })
    const bad = renamed(good.deployment, 'split-bad')
    await client.create(DEPLOYMENTS, good.deployment)
    await client.create(SERVICE, good.service)
    await client.create(DEPLOYMENTS, bad)
    for (const name of ['split', 'split-bad']) await rolledOut(stage().cluster, APP_NAMESPACE, name)
    await stage().put(
      own('BackendPolicy', 'split', {
        targetRefs: [{ group: '', kind: 'Service', name: 'split' }],
        outlierDetection: { interval: '2s' },
      }),
    )
    await stage().put(ingress('split', [{ host: 'split.test', backend: { name: 'split', port: 80 } }]))
    await stage().answers('split.test', 200, '/healthz')
    const event = await until({ what: 'an Event on the Service', forMs: 120_000 }, async () => {
      for (let n = 0; n < 60; n++) await stage().get('split.test', '/')
      return (await stage().eventsOn('Service', 'split')).find(({ reason }) => reason === 'RevisionFails')
    })
    assert.match(event.note, /^port 80: revision \w+ \(2 endpoints\) fails 100\.0 % of \d+ requests, all others 0\.0 %/)
    const suspects = (await endpoints('split')).flat().filter(({ weight }) => weight > 0 && weight < 1)
    assert.ok(suspects.length >= 2 && new Set(suspects.map(({ revision }) => revision)).size === 1)
    assert.ok(event.note.includes(suspects[0]!.revision!))

    await client.delete(`${DEPLOYMENTS}/split-bad`)
    await everywhere('full weights', 'split', ({ weight }) => weight === 1)
    const leaders = await Promise.all((await stage().replicas()).map((pod) => stage().admin(pod, '/debug/problems')))
    for (const page of leaders) assert.doesNotMatch(page, /RevisionFails/)
  })
}

/** The same as another Deployment of two Pods behind the same Service, which answer 500 whatever they are asked for. */
function renamed(deployment: KubeObject, name: string): KubeObject {
  const copy = structuredClone(deployment) as KubeObject & {
    metadata: { name: string }
    spec: {
      replicas: number
      selector: { matchLabels: Record<string, string> }
      template: {
        metadata: { labels: Record<string, string> }
        spec: { containers: { env: { name: string; value: string }[] }[] }
      }
    }
  }
  copy.metadata.name = name
  copy.spec.replicas = 2
  copy.spec.selector.matchLabels.variant = 'bad'
  copy.spec.template.metadata.labels.variant = 'bad'
  copy.spec.template.spec.containers[0]!.env.push({ name: 'STATUS', value: '500' })
  return copy
}
