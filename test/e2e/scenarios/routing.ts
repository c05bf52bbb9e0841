/** Ingresses come, change and go, and traffic with them; of several classes one is ours. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../harness/until.ts'
import { ingress, own } from './objects.ts'
import { APP, OTHER, type Stage } from './stage.ts'

export function routing(stage: () => Stage): void {
  test('an Ingress that is created is served, one that changes is served so, one that is deleted no more', async () => {
    const { put, remove, answers } = bound(stage())
    await answers('come.test', 404)
    await put(ingress('come', [{ host: 'come.test', backend: APP }]))
    await answers('come.test', 200)
    const before = JSON.parse((await stage().get('come.test', '/cart?x=1')).body)
    assert.match(before.pod, /^web-/)
    assert.equal(before.path, '/cart?x=1')
    await put(ingress('come', [{ host: 'come.test', path: '/other', backend: OTHER }]))
    await answers('come.test', 404)
    await answers('come.test', 200, '/other')
    assert.match(JSON.parse((await stage().get('come.test', '/other')).body).pod, /^other-/)
    await remove(ingress('come', []))
    await answers('come.test', 404, '/other')
  })

  test('requests reach all Pods of a Service, and those that come and go', async () => {
    const { cluster } = stage()
    const pods = async () => {
      const seen = new Set<string>()
      for (let i = 0; i < 40; i++) seen.add(JSON.parse((await stage().get('app.test')).body).pod)
      return seen.size
    }
    const scale = (replicas: number) =>
      cluster.client.patch('/apis/apps/v1/namespaces/shop/deployments/web/scale', { spec: { replicas } })
    for (const replicas of [5, 2, 3]) {
      await scale(replicas)
      await until({ what: `${replicas} Pods that answer` }, async () =>
        (await pods()) === replicas ? true : undefined,
      )
    }
  })

  test('the class decides: of another class nothing is served, and changing it changes that', async () => {
    const { put, remove, answers } = bound(stage())
    const of = (className: string) => ingress('classy', [{ host: 'classy.test', backend: APP }], { className })
    await put(of('somebody-elses'))
    await put(ingress('marker', [{ host: 'marker.test', backend: APP }]))
    await answers('marker.test', 200)
    await answers('classy.test', 404)
    await put(of('sluice'))
    await answers('classy.test', 200)
    await put(of('somebody-elses'))
    await answers('classy.test', 404)
    await remove(of(''))
    await remove(ingress('marker', []))
  })

  test('a backend that does not exist answers 503 until it does, and harms nobody else', async () => {
    const { put, remove, answers } = bound(stage())
    const ghost = { name: 'ghost', port: 80 }
    await put(ingress('ghost', [{ host: 'ghost.test', backend: ghost }]))
    await answers('ghost.test', 503)
    await answers('app.test', 200)
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'ghost', namespace: 'shop' },
      spec: { selector: { app: 'other' }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
    }
    await put(service)
    await answers('ghost.test', 200)
    await remove(service)
    await answers('ghost.test', 503)
    await remove(ingress('ghost', []))
  })

  test('a backend whose authority is in a ConfigMap that is not there is closed, and open without that wish', async () => {
    const { put, remove, answers } = bound(stage())
    const guarded = own('BackendPolicy', 'guarded', {
      targetRefs: [{ group: '', kind: 'Service', name: OTHER.name }],
      protocol: 'HTTPS',
      tls: { caConfigMap: 'nowhere' },
    })
    await put(ingress('guarded', [{ host: 'guarded.test', backend: OTHER }]))
    await answers('guarded.test', 200)
    await put(guarded)
    await answers('guarded.test', 503)
    await answers('app.test', 200)
    await remove(guarded)
    await answers('guarded.test', 200)
    await remove(ingress('guarded', []))
  })
}

function bound(stage: Stage) {
  return {
    put: stage.put.bind(stage),
    remove: stage.remove.bind(stage),
    answers: stage.answers.bind(stage),
  }
}
