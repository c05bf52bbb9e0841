/** The harness itself: what tests build on is the real control plane's doing, and honest where it stands in. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { V1DaemonSet, V1EndpointSlice, V1PodDisruptionBudget } from '@kubernetes/client-node'
import type { KubeObject } from './harness/api-client.ts'
import { ask, Lab } from './harness/lab.ts'
import { helm, kubectl } from './harness/test-cluster.ts'
import { until } from './harness/until.ts'
import { Watcher } from './harness/watcher.ts'
import { rolledOut } from './harness/workload.ts'

const NAMESPACE = 'harness'
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
let lab: Lab

before(async () => {
  lab = await Lab.open(NAMESPACE)
})
after(() => lab.close())

test('a Deployment becomes processes that answer at addresses of their own, spread over nodes', async () => {
  await lab.deploy({ name: 'web', replicas: 3 })
  const pods = await lab.podsOf('web')
  assert.equal(new Set(pods.map(({ spec }) => spec.nodeName)).size, 3)
  for (const { metadata, status } of pods) assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('an endpoint of a rolling update is ready, then serves while it terminates, then is gone', async () => {
  await lab.deploy({ name: 'roll', replicas: 2, variables: { DRAIN_MS: '700' } })
  const old = new Set((await lab.podsOf('roll')).map(({ metadata }) => metadata.name))
  const seen = new Map<string, string[]>()
  const note = ({ endpoints = [] }: Slice) => {
    const there = new Map(endpoints.map(({ targetRef, conditions }) => [targetRef?.name ?? '', conditions]))
    for (const name of old) {
      const conditions = there.get(name)
      const word =
        conditions === undefined ? 'gone' : conditions.ready ? 'ready' : conditions.serving ? 'serving' : 'ended'
      const words = seen.getOrInsert(name, [])
      if (words.at(-1) !== word) words.push(word)
      if (word === 'serving') assert.equal(conditions?.terminating, true)
    }
  }
  const path = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices?labelSelector=kubernetes.io/service-name%3Droll`
  const watcher = new Watcher<Slice>({ client: lab.cluster.client, path, onSet: note, onGone: () => {} })
  await watcher.start()
  const annotations = { 'e2e/turn': '2' }
  await lab.cluster.client.patch(`${DEPLOYMENTS}/roll`, { spec: { template: { metadata: { annotations } } } })
  await until(
    { what: 'both old endpoints gone' },
    () => [...seen.values()].every((words) => words.at(-1) === 'gone') || undefined,
  )
  watcher.stop()
  for (const words of seen.values())
    assert.deepEqual(
      words.filter((word) => word !== 'ended'),
      ['ready', 'serving', 'gone'],
    )
})

test('a DaemonSet has a Pod on every node', async () => {
  const labels = { app: 'daemon' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'backend', image: 'backend' }] } }
  const sets = `/apis/apps/v1/namespaces/${NAMESPACE}/daemonsets`
  const body = { metadata: { name: 'daemon' }, spec: { selector: { matchLabels: labels }, template } }
  await lab.cluster.client.create(sets, body)
  await until({ what: 'all are ready' }, async () => {
    const { status } = await lab.cluster.client.get<KubeObject & V1DaemonSet>(`${sets}/daemon`)
    return status?.numberReady === 3 || undefined
  })
  const nodes = (await lab.podsOf('daemon')).map(({ spec }) => spec.nodeName)
  assert.deepEqual(nodes.sort(), ['node-a', 'node-b', 'node-c'])
})

test('a disruption budget holds back an eviction', async () => {
  await lab.deploy({ name: 'guarded', replicas: 2 })
  const budget = { minAvailable: 2, selector: { matchLabels: { app: 'guarded' } } }
  const budgets = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`
  await lab.cluster.client.create(budgets, { metadata: { name: 'guarded' }, spec: budget })
  await until({ what: 'the budget knows both Pods' }, async () => {
    const { status } = await lab.cluster.client.get<KubeObject & V1PodDisruptionBudget>(`${budgets}/guarded`)
    return status?.currentHealthy === 2 || undefined
  })
  const { metadata } = (await lab.podsOf('guarded'))[0]!
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name } }
  await assert.rejects(lab.cluster.client.create(`${PODS}/${metadata.name}/eviction`, eviction), { status: 429 })
})

test('a load balancer leads to ready Pods only, and lets connections stay', async () => {
  await lab.deploy({ name: 'shop', replicas: 2, service: { type: 'LoadBalancer' } })
  const { http } = await lab.cluster.addressOf(NAMESPACE, 'shop')
  const [first, second] = await lab.podsOf('shop')
  const names = async () => new Set(await Promise.all(Array.from({ length: 6 }, async () => (await ask(http)).pod)))
  await until({ what: 'both Pods are reached' }, async () => (await names()).size === 2 || undefined)
  const lasting = fetch(`${http}/stream?n=20&ms=100`).then((response) => response.text())
  await Promise.all(
    [first, second].map((pod) => ask(`http://${pod!.status!.podIP}:8080/${pod === first ? 'unready' : 'ready'}`)),
  )
  await until({ what: 'one Pod gets everything' }, async () => (await names()).size === 1 || undefined)
  assert.equal((await lasting).trim().split('\n').length, 20)
})

test('the kill of one replica costs nothing but what it was doing', async () => {
  await lab.deploy({ name: 'mall', replicas: 2, service: { type: 'LoadBalancer' } })
  const { http } = await lab.cluster.addressOf(NAMESPACE, 'mall')
  await until({ what: 'an answer' }, () => ask(http))
  const [victim] = await lab.podsOf('mall')
  await lab.cluster.kubelet.worker(NAMESPACE, victim!.metadata.name).containers[0]!.kill()
  // The connection that is kept for the next request may be one to the Pod that is gone.
  await ask(http).catch(() => {})
  for (let i = 0; i < 20; i++) assert.notEqual((await ask(http)).pod, '')
})

test('a Pod that is cut off is silent, and comes back', async () => {
  await lab.deploy({ name: 'island', replicas: 1 })
  const { metadata, status } = await lab.podOf('island')
  const worker = lab.cluster.kubelet.worker(NAMESPACE, metadata.name)
  await worker.cut()
  await assert.rejects(fetch(`http://${status!.podIP}:8080/`, { signal: AbortSignal.timeout(700) }), {
    name: 'TimeoutError',
  })
  await worker.mend()
  assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('the API server stops and starts, and everything is as it was', async () => {
  await lab.deploy({ name: 'web', replicas: 3 })
  const { status } = (await lab.podsOf('web'))[0]!
  const before = await lab.cluster.client.get<KubeObject>(`${DEPLOYMENTS}/web`)
  await lab.cluster.controlPlane.stopApiServer()
  await assert.rejects(lab.cluster.client.get(`${DEPLOYMENTS}/web`), { code: 'ECONNREFUSED' })
  assert.notEqual((await ask(`http://${status!.podIP}:8080/`)).pod, '')
  await lab.cluster.controlPlane.compact()
  await lab.cluster.controlPlane.startApiServer()
  const after = await lab.cluster.client.get<KubeObject>(`${DEPLOYMENTS}/web`)
  assert.equal(after.metadata.uid, before.metadata.uid)
  await lab.cluster.client.patch(`${DEPLOYMENTS}/web`, { spec: { replicas: 1 } })
  await rolledOut(lab.cluster, NAMESPACE, 'web')
})

test('the way to the API server can be slow, and cut', async () => {
  const url = 'https://10.244.0.1:6444/version'
  const time = async () => {
    const begin = performance.now()
    await lab.outputOf(`curl-${Math.trunc(begin)}`, `curl -sk ${url} -o /dev/null`, {})
    return performance.now() - begin
  }
  await time()
  lab.cluster.apiRelay.slowDown({ delayMs: 400 })
  assert.ok((await time()) > 800, 'two round trips at least')
  lab.cluster.apiRelay.restore()
  lab.cluster.apiRelay.refuse()
  const [code] = await lab.outputOf('refused', `curl -sk ${url} -o /dev/null; echo $?`, {})
  // Ended before or during the handshake.
  assert.match(code!, /^(7|35)$/)
  lab.cluster.apiRelay.restore()
})

test('the node of a Pod leads to its host ports; one of the host network is known by its node', async () => {
  const ports = [{ name: 'http', containerPort: 8080, hostPort: 8081 }]
  await lab.deploy({ name: 'door', replicas: 1, container: { ports } })
  const door = await lab.podOf('door')
  assert.equal((await ask(`http://${door.status!.hostIP}:8081/`)).pod, door.metadata.name)

  await lab.deploy({ name: 'host', replicas: 3, pod: { hostNetwork: true } })
  const hosts = await lab.podsOf('host')
  assert.deepEqual(
    hosts.map(({ status }) => status!.podIP),
    hosts.map(({ status }) => status!.hostIP),
  )
  for (const { metadata, status } of hosts)
    assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('kubectl and helm know the cluster, and what Pods have written', async () => {
  await lab.deploy({ name: 'web', replicas: 1 })
  assert.match(
    await kubectl(lab.cluster, ['logs', 'deployment/web', '--namespace', NAMESPACE, '--tail=1']),
    / listens on 8080/,
  )
  assert.match(await kubectl(lab.cluster, ['get', 'nodes', '-o', 'name']), /node\/node-a\nnode\/node-b\n/)
  assert.match(await kubectl(lab.cluster, ['version']), /Server Version: v1\.36\./)
  assert.equal((await helm(lab.cluster, ['list', '--all-namespaces', '--short'])).trim(), '')
})

type Slice = KubeObject & V1EndpointSlice
