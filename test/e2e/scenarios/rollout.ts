/** Replicas of Sluice come and go while clients are at work. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installSluice, SLUICE_NAMESPACE } from '../harness/install.ts'
import { kubectl } from '../harness/test-cluster.ts'
import { until } from '../harness/until.ts'
import { rolledOut } from '../harness/workload.ts'
import { summary } from '../load/load.ts'
import { type Pod, type Stage, VALUES } from './stage.ts'
import { underLoad } from './under-load.ts'

const DEPLOYMENT = 'sluice'

export function rollout(stage: () => Stage): void {
  const clients = () => {
    const connections = stage().full ? 1_000 : 100
    return { connections, requestsPerSecond: stage().full ? 600 : 300 }
  }
  /** The replicas, none of which is one of these. */
  const otherThan = (old: readonly Pod[]) =>
    until({ what: 'new replicas', forMs: 90_000 }, async () => {
      await rolledOut(stage().cluster, SLUICE_NAMESPACE, DEPLOYMENT)
      const names = (await stage().replicas()).map(({ metadata }) => metadata.name)
      const isNew = names.length > 0 && old.every(({ metadata }) => !names.includes(metadata.name))
      return isNew ? names : undefined
    })

  test('a rolling update fails no request', async () => {
    const old = await stage().calm()
    const { requests, failures } = await underLoad(stage(), clients(), async () => {
      await kubectl(stage().cluster, ['rollout', 'restart', `deployment/${DEPLOYMENT}`, '-n', SLUICE_NAMESPACE])
      await otherThan(old)
      await gone(stage(), old)
    })
    assert.deepEqual(summary(failures), {})
    assert.ok(requests > 500, `${requests}`)
  })

  test('helm upgrade with other values fails no request, and the values hold', async () => {
    const old = await stage().calm()
    const { failures } = await underLoad(stage(), clients(), async () => {
      await installSluice(stage().cluster, { set: [...VALUES, 'controller.logLevel=debug'] })
      await otherThan(old)
      await gone(stage(), old)
    })
    assert.deepEqual(summary(failures), {})
    const [pod] = await stage().replicas()
    const path = `/api/v1/namespaces/${SLUICE_NAMESPACE}/pods/${pod!.metadata.name}`
    const { spec } = await stage().client.get<Pod & { spec: { containers: { args: string[] }[] } }>(path)
    assert.ok(spec.containers[0]?.args.includes('--log-level=debug'))
  })

  test('SIGTERM fails no request of many keep-alive clients', async () => {
    const [victim] = await stage().calm()
    const { failures, requests } = await underLoad(stage(), clients(), async () => {
      await kubectl(stage().cluster, ['delete', 'pod', victim!.metadata.name, '-n', SLUICE_NAMESPACE, '--wait=false'])
      await gone(stage(), [victim!])
      await rolledOut(stage().cluster, SLUICE_NAMESPACE, DEPLOYMENT)
    })
    assert.deepEqual(summary(failures), {})
    assert.ok(requests > 500, `${requests}`)
  })

  test('the kill of a replica fails what it had in flight, and nothing else', async () => {
    const [victim] = await stage().calm()
    const { connections, requestsPerSecond } = clients()
    let killedAt = 0
    const { failures, requests } = await underLoad(stage(), { connections, requestsPerSecond }, async () => {
      const worker = stage().cluster.kubelet.worker(SLUICE_NAMESPACE, victim!.metadata.name)
      killedAt = Date.now()
      await worker.containers[0]!.kill()
      await rolledOut(stage().cluster, SLUICE_NAMESPACE, DEPLOYMENT)
    })
    assert.ok(requests > 500, `${requests}`)
    // Answers come within milliseconds: whatever was in flight broke at once, with the connection it was on.
    const later = failures.filter(({ at, reason }) => at - killedAt > 500 || !/before an answer|middle/.test(reason))
    assert.deepEqual(summary(later), {})
    assert.ok(failures.length <= connections / 2, `${failures.length} of ${connections} had a request in flight`)
  })
}

/** Waits until these Pods are gone for good. */
async function gone(stage: Stage, pods: readonly Pod[]): Promise<void> {
  for (const { metadata } of pods) {
    await until({ what: `${metadata.name} gone`, forMs: 60_000 }, async () => {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods?fieldSelector=metadata.name%3D${metadata.name}`
      return (await stage.client.list(path)).items.length === 0 || undefined
    })
  }
}
