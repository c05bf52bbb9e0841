/** One replica writes for all: whoever it is, and whatever becomes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { SLUICE_NAMESPACE } from '../harness/install.ts'
import { kubectl } from '../harness/test-cluster.ts'
import { until } from '../harness/until.ts'
import { type IngressObject, ingress } from './objects.ts'
import { APP, type Stage } from './stage.ts'

interface Lease extends KubeObject {
  readonly spec: { readonly holderIdentity?: string }
}

/** As long as others leave a silent holder alone, and as one waits that an API server forbade it while it started. */
const FAILOVER_MS = 60_000

export function leadership(stage: () => Stage): void {
  const leader = async () => {
    const lease = await stage().client.get<Lease>(
      `/apis/coordination.k8s.io/v1/namespaces/${SLUICE_NAMESPACE}/leases/sluice`,
    )
    const holder = lease.spec.holderIdentity ?? ''
    const pods = await stage().replicas()
    return pods.find(({ metadata }) => holder.startsWith(metadata.name))?.metadata.name
  }
  const anotherThan = (old: string) =>
    until({ what: `another leader than ${old}`, forMs: FAILOVER_MS }, async () => {
      const name = await leader()
      return name === undefined || name === old ? undefined : name
    })
  const isWritten = async (name: string) => {
    const object = ingress(name, [{ host: `${name}.test`, backend: APP }])
    await stage().put(object)
    await until({ what: `an address of ${name}` }, async () => {
      const { status } = await stage().read<IngressObject>(object)
      return status?.loadBalancer?.ingress?.[0]?.ip
    })
    await stage().remove(object)
  }

  test('the leader ends in good order: another one goes on at once', async () => {
    await stage().calm()
    const old = await until({ what: 'a leader' }, leader)
    await kubectl(stage().cluster, ['delete', 'pod', old, '-n', SLUICE_NAMESPACE, '--wait=false'])
    await anotherThan(old)
    await isWritten('handed-over')
  })

  test('the leader is cut off: another one takes over, and it stays the leader when the old one is back', async () => {
    await stage().calm()
    const old = await until({ what: 'a leader' }, leader)
    const worker = stage().cluster.kubelet.worker(SLUICE_NAMESPACE, old)
    await worker.cut()
    const next = await anotherThan(old).finally(() => worker.mend())
    await isWritten('taken-over')
    await until({ what: 'the old one ready', forMs: 60_000 }, async () => {
      const names = (await stage().replicas()).map(({ metadata }) => metadata.name)
      return names.includes(old) || undefined
    })
    await isWritten('still-there')
    assert.equal(await leader(), next)
    const leading = await Promise.all(
      (await stage().replicas()).map(async (pod) => {
        return /^sluice_kube_leader 1$/m.test(await stage().admin(pod, '/metrics')) ? pod.metadata.name : []
      }),
    )
    assert.deepEqual(leading.flat(), [next])
  })
}
