/** Two installations in one cluster: each serves its own class, at its own address, and leaves the other alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../harness/api-client.ts'
import { installSluice, SLUICE_NAMESPACE, uninstallSluice } from '../harness/install.ts'
import { until } from '../harness/until.ts'
import { ingress } from './objects.ts'
import { APP, SHORT_DRAIN, type Stage } from './stage.ts'

const SECOND = 'second'
const VALUES = [
  ...SHORT_DRAIN,
  `fullnameOverride=${SECOND}`,
  'crds.install=false',
  'validatingAdmissionPolicy.enabled=false',
  `controller.ingressClassResource.name=${SECOND}`,
  'controller.ingressClassResource.controllerValue=example.com/second',
]
/** Long enough for either to write what it takes for right. */
const CALM_MS = 3_000

export function sideBySide(stage: () => Stage): void {
  test('two installations serve a class each, write the status of their own, and have a Lease each', async () => {
    const release = { release: SECOND, namespace: SECOND }
    await installSluice(stage().cluster, { ...release, set: VALUES })
    const { http } = await stage().cluster.addressOf(SECOND, SECOND)
    const classes = ['sluice', SECOND]
    const objects = classes.map((className) =>
      ingress(`of-${className}`, [{ host: `of-${className}.test`, backend: APP }], { className }),
    )
    for (const object of objects) await stage().put(object)
    const urls = [stage().url, http]
    for (const [i, object] of objects.entries()) {
      await until({ what: `the address of ${object.metadata.name}` }, async () => {
        return (await stage().addressesOf(object))[0] === new URL(urls[i]!).hostname || undefined
      })
    }
    for (const [i, url] of urls.entries()) {
      for (const [j, className] of classes.entries()) {
        const { status } = await stage().get(`of-${className}.test`, '/', url)
        assert.equal(status, i === j ? 200 : 404, `${className} at ${url}`)
      }
    }
    const versions = () => Promise.all(objects.map(async (each) => (await stage().read(each)).metadata.resourceVersion))
    const before = await versions()
    await sleep(CALM_MS)
    assert.deepEqual(await versions(), before, 'nobody writes over the other')
    assert.notEqual(await holder(stage(), SLUICE_NAMESPACE, 'sluice'), await holder(stage(), SECOND, SECOND))
    await uninstallSluice(stage().cluster, release)
    await stage().answers('of-sluice.test', 200)
    for (const object of objects) await stage().remove(object)
  })
}

async function holder({ client }: Stage, namespace: string, name: string): Promise<string> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}`
  const { spec } = await client.get<KubeObject & { spec: { holderIdentity: string } }>(path)
  assert.notEqual(spec.holderIdentity, '')
  return spec.holderIdentity
}
