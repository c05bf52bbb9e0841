/** A whole cluster as a source, on a scripted API server. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { type KubeLog, KubeSource, type KubeSourceInit } from '../../src/controller/source/kube/kube.ts'
import { CONFIG_MAPS, RESOURCES, resourcePath, SECRETS } from '../../src/controller/source/kube/resources.ts'
import type { SourceBatch } from '../../src/controller/source/source.ts'
import { Store } from '../../src/controller/store.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, type RawObject } from './double.ts'
import { TestAccess } from './follower.ts'

export const INGRESSES = '/apis/networking.k8s.io/v1/ingresses'
/** For so long, failures to read Secrets are gathered before they are told. */
export const TOGETHER_MS = 20
export const IN_SHOP = '/api/v1/namespaces/shop/secrets'

export async function cluster(t: TestContext, scope: Partial<KubeSourceInit> = {}) {
  const bell = new Bell()
  const clock = new RingingClock(bell)
  const access = new TestAccess()
  const namespaces = scope.namespaces ?? []
  const paths = RESOURCES.flatMap((row) =>
    row.namespaced && namespaces.length > 0
      ? namespaces.map((namespace) => resourcePath(row, namespace))
      : [resourcePath(row)],
  )
  const double = new ApiDouble(bell, [
    ...paths,
    ...(scope.secretNamespaces ?? []).map((each) => resourcePath(SECRETS, each)),
    ...(scope.configMaps ?? []).map((each) => resourcePath(CONFIG_MAPS, each.split('/')[0])),
  ])
  access.server = await double.listen()
  const warnings: string[] = []
  const log: KubeLog = {
    warn: (_, text) => warnings.push(text),
    error: (fields, text) => assert.fail(`${text}: ${JSON.stringify(fields)}`),
  }
  const client = new HttpKubeClient(access, clock)
  const init = {
    client,
    clock,
    random: seededRandom(3),
    log,
    namespaces: [],
    secretNamespaces: [],
    configMaps: [],
    ...scope,
  }
  const source = new KubeSource(init)
  t.after(async () => {
    source.stop()
    access.agent.destroy()
    await double.close()
  })
  const batches: SourceBatch[] = []
  const store = new Store()
  const sink = (batch: SourceBatch) => {
    batches.push(batch)
    store.apply(batch.upserts, batch.removals)
    bell.ring()
  }
  return { bell, clock, double, source, store, batches, warnings, start: () => source.start(sink) }
}

export function secret(value: string): RawObject {
  return { metadata: { name: 'tls', namespace: 'shop' }, type: 'kubernetes.io/tls', data: { 'tls.crt': value } }
}
