/** An installation that may read some namespaces alone, and what it publishes where it has no Service to name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { installSluice, uninstallSluice } from '../harness/install.ts'
import { NODES } from '../harness/nodes.ts'
import { until } from '../harness/until.ts'
import { createNamespace } from '../harness/workload.ts'
import { askedBy, refused } from './audit.ts'
import { ingress } from './objects.ts'
import { APP, APP_NAMESPACE, SHORT_DRAIN, type Stage } from './stage.ts'

const NAME = 'scoped'
const RELEASE = { release: NAME, namespace: NAME }
const ELSEWHERE = 'elsewhere'
const ADDRESS = '192.0.2.10'
const VALUES = [
  ...SHORT_DRAIN,
  `fullnameOverride=${NAME}`,
  'crds.install=false',
  'validatingAdmissionPolicy.enabled=false',
  `controller.ingressClassResource.name=${NAME}`,
  'controller.ingressClassResource.controllerValue=example.com/scoped',
  `controller.scope.namespaces={${APP_NAMESPACE}}`,
  `controller.secretNamespaces={${APP_NAMESPACE}}`,
]
/** Without a Service of its own, on ports of the nodes. */
const ON_NODES = [
  'controller.kind=DaemonSet',
  'controller.service.enabled=false',
  'controller.hostPort.enabled=true',
  'controller.hostPort.ports.http=8080',
  'controller.hostPort.ports.https=8443',
]

export function scoped(stage: () => Stage): void {
  const of = (namespace: string, className = NAME) =>
    ingress(`in-${namespace}`, [{ host: `in-${namespace}.test`, backend: APP }], { className, namespace })
  const install = (...more: readonly string[]) =>
    installSluice(stage().cluster, { ...RELEASE, set: [...VALUES, ...more] })
  const scale = async (replicas: number) => {
    const path = `/apis/apps/v1/namespaces/${NAME}/deployments/${NAME}/scale`
    await stage().client.patch(path, { spec: { replicas } })
    await until({ what: `${replicas} replicas`, forMs: 60_000 }, async () => {
      const { items } = await stage().client.list(`/api/v1/namespaces/${NAME}/pods`)
      return items.length === replicas || undefined
    })
  }
  const becomes = (addresses: readonly string[]) =>
    until({ what: `${addresses.join()} on the Ingress` }, async () => {
      const there = await stage().addressesOf(of(APP_NAMESPACE))
      if (there.join() !== addresses.join()) throw new Error(`there is ${there.join() || 'none'}`)
      return true
    })
  const asked = () => askedBy(stage(), `${NAME}:${NAME}`)

  test('with a list of namespaces it serves these alone, by Roles, and publishes the address it was given', async () => {
    await createNamespace(stage().cluster, ELSEWHERE)
    await install(`controller.publishAddress={${ADDRESS}}`)
    const { http } = await stage().cluster.addressOf(NAME, NAME)
    for (const namespace of [APP_NAMESPACE, ELSEWHERE]) await stage().put(of(namespace))
    await becomes([ADDRESS])
    assert.equal((await stage().get(`in-${APP_NAMESPACE}.test`, '/', http)).status, 200)
    assert.equal((await stage().get(`in-${ELSEWHERE}.test`, '/', http)).status, 404)
    assert.deepEqual(await stage().addressesOf(of(ELSEWHERE)), [])
    assert.deepEqual(refused(asked()), [])
    const everywhere = asked().filter(({ objectRef: { resource = '', namespace } = {} }) => {
      return (
        namespace === undefined && ['ingresses', 'services', 'secrets', 'pods', 'endpointslices'].includes(resource)
      )
    })
    assert.deepEqual(everywhere, [])
  })

  test('an Ingress that changes hands while no replica runs loses the address that we wrote', async () => {
    await install(`controller.publishAddress={${ADDRESS}}`)
    await stage().put(of(APP_NAMESPACE))
    await becomes([ADDRESS])
    await scale(0)
    await stage().put(of(APP_NAMESPACE, 'somebody-elses'))
    await becomes([ADDRESS])
    await scale(1)
    await becomes([])
  })

  test('on ports of nodes, where there is no Service, it publishes the addresses of the nodes it is ready on', async () => {
    await install(...ON_NODES)
    await stage().put(of(APP_NAMESPACE))
    await becomes(NODES.map(({ address }) => address))
    assert.equal((await stage().get(`in-${APP_NAMESPACE}.test`, '/', `http://${NODES[0]!.address}:8080`)).status, 200)
    assert.deepEqual(refused(asked()), [])
    await uninstallSluice(stage().cluster, RELEASE)
    for (const namespace of [APP_NAMESPACE, ELSEWHERE]) await stage().remove(of(namespace))
  })
}
