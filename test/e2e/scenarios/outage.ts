/** The API server is stopped, cut off, slow, and forgets: traffic goes on, and nothing that happened is missed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { SLUICE_NAMESPACE } from '../harness/install.ts'
import { until } from '../harness/until.ts'
import { summary } from '../load/load.ts'
import { ingress } from './objects.ts'
import { APP, type Stage } from './stage.ts'
import { underLoad } from './under-load.ts'

export function outage(stage: () => Stage): void {
  const clients = () => ({ connections: stage().full ? 200 : 50, requestsPerSecond: 200 })
  const of = (name: string) => ingress(name, [{ host: `${name}.test`, backend: APP }])

  test('an API server that is stopped for a while fails no request, and is followed again when it is back', async () => {
    const { controlPlane } = stage().cluster
    const downMs = stage().full ? 60_000 : 10_000
    const { failures, requests } = await underLoad(stage(), clients(), async () => {
      const replicas = await stage().calm()
      await controlPlane.stopApiServer()
      await until({ what: 'a metric that says so' }, async () => {
        const pages = await Promise.all(replicas.map((pod) => stage().admin(pod, '/metrics')))
        return pages.every((page) => /^sluice_kube_failures\S* [1-9]/m.test(page)) || undefined
      })
      await sleep(downMs)
      for (const pod of replicas) assert.match(await stage().admin(pod, '/readyz'), /^ready/)
      await controlPlane.startApiServer()
      await stage().put(of('after'))
      await stage().answers('after.test', 200, '/', 60_000)
    })
    assert.deepEqual(summary(failures), {})
    assert.ok(requests > downMs / 20, `${requests}`)
    await stage().remove(of('after'))
  })

  test('what changed while nobody could ask, and is forgotten by now (410), is not missed', async () => {
    const { apiRelay, controlPlane } = stage().cluster
    await stage().put(of('leaving'))
    await stage().answers('leaving.test', 200)
    await stage().calm()
    const before = await lists(stage())
    apiRelay.refuse()
    await stage().remove(of('leaving'))
    await stage().put(of('arriving'))
    await controlPlane.compact()
    // It remembers beyond that, in memory.
    await controlPlane.stopApiServer()
    await controlPlane.startApiServer()
    await stage().answers('leaving.test', 200)
    apiRelay.restore()
    await stage().answers('arriving.test', 200, '/', 60_000)
    await stage().answers('leaving.test', 404)
    const after = await lists(stage())
    for (const [pod, count] of before) assert.ok(after.get(pod)! > count, 'taken up where it was, without a list')
    await stage().remove(of('arriving'))
  })

  test('connections to the API server that die without a word, or are slow, cost time and nothing else', async () => {
    const { apiRelay } = stage().cluster
    const { failures } = await underLoad(stage(), clients(), async () => {
      apiRelay.silence()
      await stage().put(of('silent'))
      await sleep(3_000)
      await stage().answers('silent.test', 404)
      apiRelay.restore()
      await stage().answers('silent.test', 200, '/', 60_000)
      apiRelay.slowDown({ delayMs: 500, bytesPerSecond: 200_000 })
      apiRelay.drop()
      await stage().put(of('slow'))
      await stage().answers('slow.test', 200, '/', 60_000)
      apiRelay.restore()
    })
    assert.deepEqual(summary(failures), {})
    for (const name of ['silent', 'slow']) await stage().remove(of(name))
  })

  test('a replica that starts without an API server waits and is not ready, and is once there is one', async () => {
    const { apiRelay, kubelet } = stage().cluster
    const [victim] = await stage().calm()
    const { name } = victim!.metadata
    const ready = async () => (await stage().replicas()).some(({ metadata }) => metadata.name === name)
    apiRelay.refuse()
    await kubelet.worker(SLUICE_NAMESPACE, name).containers[0]!.kill()
    await until({ what: 'not ready' }, async () => !(await ready()) || undefined)
    await until({ what: 'a process that waits' }, async () => {
      const page = await stage().get('admin', '/readyz', `http://${victim!.status.podIP}:10254`)
      return page.status === 503 || undefined
    })
    await stage().answers('app.test', 200)
    apiRelay.restore()
    await until({ what: 'ready again', forMs: 60_000 }, async () => (await ready()) || undefined)
  })
}

/** Lists of Ingresses that each replica has read. */
async function lists(stage: Stage): Promise<ReadonlyMap<string, number>> {
  const counts = (await stage.replicas()).map(async (pod) => {
    const [, count] = /^sluice_kube_lists\S*ingresses\.\S* (\d+)/m.exec(await stage.admin(pod, '/metrics')) ?? []
    return [pod.metadata.name, Number(count)] as const
  })
  return new Map(await Promise.all(counts))
}
