/** A day's worth of changes in a short time, with watches that break: at the end all replicas agree with a new one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../../src/lib/random.ts'
import { ApiError, type KubeObject } from '../harness/api-client.ts'
import { SLUICE_NAMESPACE } from '../harness/install.ts'
import { until } from '../harness/until.ts'
import { rolledOut } from '../harness/workload.ts'
import { ingress, own, pathOf } from './objects.ts'
import type { Pod, Stage } from './stage.ts'

const SEED = 20261121
const NAMES = Array.from({ length: 12 }, (_, i) => `churn-${i}`)

export function churn(stage: () => Stage): void {
  test(`after many changes every replica has what a new one reads from the cluster (seed ${SEED})`, async () => {
    const random = seededRandom(SEED)
    const changes = stage().full ? 3_000 : 300
    for (let i = 0; i < changes; i++) {
      await change(stage(), random)
      if (random() < 0.02) stage().cluster.apiRelay.drop()
      if (random() < 0.01) await stage().cluster.controlPlane.compact()
      if (random() < 0.1) await sleep(random() * 100)
    }
    const old = await stage().calm()
    const scale = '/apis/apps/v1/namespaces/sluice/deployments/sluice/scale'
    await stage().client.patch(scale, { spec: { replicas: old.length + 1 } })
    await rolledOut(stage().cluster, SLUICE_NAMESPACE, 'sluice')
    const fresh = (await stage().replicas()).filter(
      ({ metadata }) => !old.some((each) => each.metadata.name === metadata.name),
    )
    assert.equal(fresh.length, 1)
    await until({ what: 'all replicas alike' }, async () => {
      const expected = await tableOf(stage(), fresh[0]!)
      assert.ok(Object.keys(expected.hosts).length > 3, 'there is something to compare')
      for (const pod of old) assert.deepEqual(await tableOf(stage(), pod), expected)
      return true
    })
    await stage().client.patch(scale, { spec: { replicas: old.length } })
    await rolledOut(stage().cluster, SLUICE_NAMESPACE, 'sluice')
  })
}

/** Routes, endpoints and settings; problems as well. */
async function tableOf(stage: Stage, pod: Pod): Promise<{ hosts: object; problems: unknown }> {
  const routes = JSON.parse(await stage.admin(pod, '/debug/routes')) as { hosts: object }
  return { ...routes, problems: JSON.parse(await stage.admin(pod, '/debug/problems')) }
}

/** Creates, changes or deletes any object. */
async function change(stage: Stage, random: () => number): Promise<void> {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!
  const name = pick(...NAMES)
  const backend = { name: pick(...NAMES, 'web', 'other'), port: pick(80, 81) }
  const annotations = pick<Record<string, string>>({}, { 'sluice.dev/retry-attempts': '2' }, { 'sluice.dev/x': 'y' })
  const className = pick('sluice', 'sluice', 'sluice', 'somebody-elses')
  const object = pick<KubeObject>(
    ingress(name, [{ host: `${pick(...NAMES)}.test`, path: pick('/', '/a'), backend }], { annotations, className }),
    service(name, pick('web', 'other')),
    endpoints(name, pick('10.244.9.1', '10.244.9.2'), pick(true, false)),
    own('RoutePolicy', name, {
      targetRefs: [{ group: 'networking.k8s.io', kind: 'Ingress', name: pick(...NAMES) }],
      timeouts: { request: pick('10s', '20s') },
    }),
  )
  if (random() < 0.7) return await stage.put(object)
  await stage.client.delete(pathOf(object)).catch((error) => {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  })
}

function service(name: string, app: string): KubeObject {
  const spec = { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] }
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec } as KubeObject
}

/** A slice that somebody else than the control plane keeps. */
function endpoints(name: string, address: string, ready: boolean): KubeObject {
  const labels = { 'kubernetes.io/service-name': name, 'endpointslice.kubernetes.io/managed-by': 'e2e' }
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-by-hand`, namespace: 'shop', labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: [address], conditions: { ready } }],
  } as KubeObject
}
