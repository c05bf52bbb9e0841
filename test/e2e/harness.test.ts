/** The harness itself: what tests build on is the real control plane's doing, and honest where it stands in. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Container, V1EndpointSlice, V1Job, V1PodDisruptionBudget } from '@kubernetes/client-node'
import type { KubeObject } from './harness/api-client.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import type { Pod } from './harness/pod-context.ts'
import { helm, kubectl } from './harness/test-cluster.ts'
import { until } from './harness/until.ts'
import { Watcher } from './harness/watcher.ts'
import { createNamespace, createWorkload, rolledOut, type WorkloadSpec } from './harness/workload.ts'

const NAMESPACE = 'harness'
const DEPLOYMENTS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
let cluster: LocalCluster

before(async () => {
  cluster = await LocalCluster.start()
  await createNamespace(cluster, NAMESPACE)
})
after(() => cluster.close())

async function deploy(spec: Omit<WorkloadSpec, 'namespace'>): Promise<void> {
  await createWorkload(cluster, { namespace: NAMESPACE, ...spec })
  await rolledOut(cluster, NAMESPACE, spec.name)
}

async function podsOf(name: string): Promise<readonly Pod[]> {
  return (await cluster.client.list<Pod>(`${PODS}?labelSelector=app%3D${name}`)).items
}

async function podOf(name: string): Promise<Pod> {
  const [pod, ...others] = await podsOf(name)
  assert.deepEqual([pod === undefined, others.length], [false, 0])
  return pod!
}

interface Answer {
  readonly pod: string
  readonly headers: Record<string, string>
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) })
  return (await response.json()) as Answer
}

/** Runs a script in a container as a Pod says, to its end. @returns what it wrote. */
async function outputOf(name: string, script: string, spec: Partial<Pod['spec']>, own: Partial<V1Container> = {}) {
  const container = { name: 'main', image: 'backend', command: ['sh', '-c', script], ...own }
  const body = { metadata: { name }, spec: { restartPolicy: 'Never', containers: [container], ...spec } }
  await cluster.client.create(PODS, body)
  await until({ what: `pod ${name} at its end` }, async () => {
    const { status } = await cluster.client.get<Pod>(`${PODS}/${name}`)
    return status?.phase === 'Succeeded' || status?.phase === 'Failed' || undefined
  })
  return readFileSync(cluster.kubelet.logOf(NAMESPACE, name, 'main'), 'utf8')
    .trimEnd()
    .split('\n')
}

test('a Deployment becomes processes that answer at addresses of their own, spread over nodes', async () => {
  await deploy({ name: 'web', replicas: 3 })
  const pods = await podsOf('web')
  assert.equal(new Set(pods.map(({ spec }) => spec.nodeName)).size, 3)
  for (const { metadata, status } of pods) assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('an endpoint of a rolling update is ready, then serves while it terminates, then is gone', async () => {
  await deploy({ name: 'roll', replicas: 2, variables: { DRAIN_MS: '700' } })
  const old = new Set((await podsOf('roll')).map(({ metadata }) => metadata.name))
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
  const watcher = new Watcher<Slice>({ client: cluster.client, path, onSet: note, onGone: () => {} })
  await watcher.start()
  const annotations = { 'e2e/turn': '2' }
  await cluster.client.patch(`${DEPLOYMENTS}/roll`, { spec: { template: { metadata: { annotations } } } })
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

test('a Pod is ready when its probe says so, and not ready when it no longer does', async () => {
  await deploy({ name: 'moody', replicas: 1 })
  const { metadata, status } = await podOf('moody')
  const isReady = async (wanted: string) =>
    await until({ what: `Ready is ${wanted}` }, async () => {
      const { status: now } = await cluster.client.get<Pod>(`${PODS}/${metadata.name}`)
      return now?.conditions?.some((each) => each.type === 'Ready' && each.status === wanted) || undefined
    })
  await isReady('True')
  await ask(`http://${status!.podIP}:8080/unready`)
  await isReady('False')
  await ask(`http://${status!.podIP}:8080/ready`)
  await isReady('True')
})

test('a container that ends, or fails its liveness probe, is started again', async () => {
  const livenessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1, failureThreshold: 2 }
  await deploy({ name: 'phoenix', replicas: 1, container: { livenessProbe } })
  const { metadata, status } = await podOf('phoenix')
  const restarts = async (count: number) =>
    await until({ what: `${count} restarts, then ready` }, async () => {
      const [container] = (await cluster.client.get<Pod>(`${PODS}/${metadata.name}`)).status?.containerStatuses ?? []
      return (container?.restartCount === count && container.ready) || undefined
    })
  await assert.rejects(ask(`http://${status!.podIP}:8080/exit?code=3`))
  await restarts(1)
  await ask(`http://${status!.podIP}:8080/unready`)
  await restarts(2)
})

test('a Pod has its grace period to end, then it is killed', async () => {
  const pod = { terminationGracePeriodSeconds: 2 }
  await deploy({ name: 'stubborn', replicas: 1, variables: { DRAIN_MS: 'never' }, pod })
  const { metadata } = await podOf('stubborn')
  const { pid } = cluster.kubelet.worker(NAMESPACE, metadata.name).containers[0]!
  const begin = performance.now()
  await cluster.client.delete(`${PODS}/${metadata.name}`)
  await sleep(1_500)
  process.kill(pid, 0)
  await until({ what: 'the Pod is gone' }, async () => {
    return (await podsOf('stubborn')).every((each) => each.metadata.name !== metadata.name) || undefined
  })
  const took = performance.now() - begin
  assert.ok(took > 1_900 && took < 6_000, `it took ${took} ms`)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a preStop hook runs before SIGTERM, within the grace period', async () => {
  const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo hook; sleep 0.5'] } } }
  await deploy({ name: 'polite', replicas: 1, container: { lifecycle } })
  const { metadata } = await podOf('polite')
  const log = cluster.kubelet.logOf(NAMESPACE, metadata.name, 'backend')
  await cluster.client.delete(`${PODS}/${metadata.name}`)
  const lines = await until({ what: 'SIGTERM in the log' }, () => {
    const text = readFileSync(log, 'utf8')
    return text.includes('SIGTERM') ? text.trim().split('\n') : undefined
  })
  assert.deepEqual(lines.slice(-2), ['hook', 'SIGTERM'])
})

test('a securityContext holds: user, groups, capabilities, privileges, a root that is read-only', async () => {
  const script = `id -u; id -g; id -G; grep -E '^(CapBnd|CapEff|NoNewPrivs)' /proc/self/status | tr -s '\\t ' ' '
    touch /etc/x 2>&1 | grep -o 'Read-only file system'; echo a > /data/x && cat /data/x; stat -c %g /data`
  const lines = await outputOf(
    'locked',
    script,
    {
      securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 4242 },
      volumes: [{ name: 'data', emptyDir: {} }],
    },
    {
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      },
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    },
  )
  assert.deepEqual(lines, [
    '65532',
    '65532',
    '65532 4242',
    'CapEff: 0000000000000000',
    'CapBnd: 0000000000000000',
    'NoNewPrivs: 1',
    'Read-only file system',
    'a',
    '4242',
  ])
})

test('what a container writes stays in its own layer', async () => {
  const script = 'echo mine > /etc/e2e-layer && cat /etc/e2e-layer; hostname'
  assert.deepEqual(await outputOf('layer', script, { securityContext: { runAsUser: 0 } }), ['mine', 'layer'])
  assert.throws(() => readFileSync('/etc/e2e-layer'), { code: 'ENOENT' })
})

test('a Pod that must not be root, by an image that is, waits and says why', async () => {
  const container = { name: 'main', image: 'backend', securityContext: { runAsNonRoot: true, runAsUser: 0 } }
  await cluster.client.create(PODS, { metadata: { name: 'rooted' }, spec: { containers: [container] } })
  const waiting = await until({ what: 'the reason' }, async () => {
    const { status } = await cluster.client.get<Pod>(`${PODS}/rooted`)
    const state = status?.containerStatuses?.[0]?.state?.waiting
    return state?.message === undefined ? undefined : state
  })
  assert.equal(waiting.reason, 'CreateContainerConfigError')
  assert.match(waiting.message ?? '', /runAsNonRoot/)
})

test('a Pod knows itself, its configuration and the API server, and is known there by its ServiceAccount', async () => {
  await cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
    metadata: { name: 'c' },
    data: { k: 'v' },
  })
  const secret = { metadata: { name: 's' }, stringData: { password: 'p' } }
  await cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, secret)
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
  const token = '/var/run/secrets/kubernetes.io/serviceaccount'
  const script = `echo "$POD $NS $KEY $BOTH $0"; cat /etc/deep/er/password; echo; cat ${token}/namespace; echo
    curl -s --cacert ${token}/ca.crt -H "Authorization: Bearer $(cat ${token}/token)" -o /dev/null -w '%{http_code}\\n' \
      https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/${NAMESPACE}/secrets
    curl -s --cacert ${token}/ca.crt -H "Authorization: Bearer $(cat ${token}/token)" \
      https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/${NAMESPACE}/secrets | grep -o 'system:serviceaccount:[a-z:]*'`
  const env = [
    field('POD', 'metadata.name'),
    field('NS', 'metadata.namespace'),
    { name: 'KEY', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
    { name: 'BOTH', value: '$(KEY)-$(UNKNOWN)' },
  ]
  const volumeMounts = [{ name: 's', mountPath: '/etc/deep/er' }]
  const spec = { volumes: [{ name: 's', secret: { secretName: 's' } }] }
  const lines = await outputOf('knowing', script, spec, { env, volumeMounts, args: ['$(NS)'] })
  assert.deepEqual(lines, [
    `knowing ${NAMESPACE} v v-$(UNKNOWN) ${NAMESPACE}`,
    'p',
    NAMESPACE,
    '403',
    `system:serviceaccount:${NAMESPACE}:default`,
  ])
})

test('a Job runs to its end, after its init container', async () => {
  const container = (name: string, command: string) => ({ name, image: 'backend', command: ['sh', '-c', command] })
  const volumeMounts = [{ name: 'shared', mountPath: '/shared' }]
  const init = { ...container('first', 'sleep 0.2; echo 1 > /shared/n'), volumeMounts }
  const main = { ...container('then', 'test $(cat /shared/n) = 1'), volumeMounts }
  const volumes = [{ name: 'shared', emptyDir: {} }]
  const template = { spec: { restartPolicy: 'Never', initContainers: [init], containers: [main], volumes } }
  const jobs = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`
  await cluster.client.create(jobs, { metadata: { name: 'job' }, spec: { backoffLimit: 0, template } })
  const conditions = await until({ what: 'the end of the Job' }, async () => {
    const { status } = await cluster.client.get<KubeObject & V1Job>(`${jobs}/job`)
    return status?.completionTime === undefined && (status?.failed ?? 0) === 0 ? undefined : status?.conditions
  })
  assert.ok(conditions.some(({ type, status }) => type === 'Complete' && status === 'True'))
})

test('a disruption budget holds back an eviction', async () => {
  await deploy({ name: 'guarded', replicas: 2 })
  const budget = { minAvailable: 2, selector: { matchLabels: { app: 'guarded' } } }
  const budgets = `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`
  await cluster.client.create(budgets, { metadata: { name: 'guarded' }, spec: budget })
  await until({ what: 'the budget knows both Pods' }, async () => {
    const { status } = await cluster.client.get<KubeObject & V1PodDisruptionBudget>(`${budgets}/guarded`)
    return status?.currentHealthy === 2 || undefined
  })
  const { metadata } = (await podsOf('guarded'))[0]!
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name } }
  await assert.rejects(cluster.client.create(`${PODS}/${metadata.name}/eviction`, eviction), { status: 429 })
})

test('a load balancer leads to ready Pods only, and lets connections stay', async () => {
  await deploy({ name: 'shop', replicas: 2, service: { type: 'LoadBalancer' } })
  const { http } = await cluster.addressOf(NAMESPACE, 'shop')
  const [first, second] = await podsOf('shop')
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
  await deploy({ name: 'mall', replicas: 2, service: { type: 'LoadBalancer' } })
  const { http } = await cluster.addressOf(NAMESPACE, 'mall')
  await until({ what: 'an answer' }, () => ask(http))
  const [victim] = await podsOf('mall')
  await cluster.kubelet.worker(NAMESPACE, victim!.metadata.name).containers[0]!.kill()
  for (let i = 0; i < 20; i++) assert.notEqual((await ask(http)).pod, '')
})

test('a Pod that is cut off is silent, and comes back', async () => {
  await deploy({ name: 'island', replicas: 1 })
  const { metadata, status } = await podOf('island')
  const worker = cluster.kubelet.worker(NAMESPACE, metadata.name)
  await worker.cut()
  await assert.rejects(fetch(`http://${status!.podIP}:8080/`, { signal: AbortSignal.timeout(700) }), {
    name: 'TimeoutError',
  })
  await worker.mend()
  assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('the API server stops and starts, and everything is as it was', async () => {
  await deploy({ name: 'web', replicas: 3 })
  const { status } = (await podsOf('web'))[0]!
  const before = await cluster.client.get<KubeObject>(`${DEPLOYMENTS}/web`)
  await cluster.controlPlane.stopApiServer()
  await assert.rejects(cluster.client.get(`${DEPLOYMENTS}/web`), { code: 'ECONNREFUSED' })
  assert.notEqual((await ask(`http://${status!.podIP}:8080/`)).pod, '')
  await cluster.controlPlane.compact()
  await cluster.controlPlane.startApiServer()
  const after = await cluster.client.get<KubeObject>(`${DEPLOYMENTS}/web`)
  assert.equal(after.metadata.uid, before.metadata.uid)
  await cluster.client.patch(`${DEPLOYMENTS}/web`, { spec: { replicas: 1 } })
  await rolledOut(cluster, NAMESPACE, 'web')
})

test('the way to the API server can be slow, and cut', async () => {
  const url = 'https://10.244.0.1:6444/version'
  const time = async () => {
    const begin = performance.now()
    await outputOf(`curl-${Math.trunc(begin)}`, `curl -sk ${url} -o /dev/null`, {})
    return performance.now() - begin
  }
  await time()
  cluster.apiRelay.slowDown({ delayMs: 400 })
  assert.ok((await time()) > 800, 'two round trips at least')
  cluster.apiRelay.restore()
  cluster.apiRelay.refuse()
  const [code] = await outputOf('refused', `curl -sk ${url} -o /dev/null; echo $?`, {})
  // Ended before or during the handshake.
  assert.match(code!, /^(7|35)$/)
  cluster.apiRelay.restore()
})

test('the node of a Pod leads to its host ports; one of the host network is known by its node', async () => {
  const ports = [{ name: 'http', containerPort: 8080, hostPort: 8081 }]
  await deploy({ name: 'door', replicas: 1, container: { ports } })
  const door = await podOf('door')
  assert.equal((await ask(`http://${door.status!.hostIP}:8081/`)).pod, door.metadata.name)

  await deploy({ name: 'host', replicas: 3, pod: { hostNetwork: true } })
  const hosts = await podsOf('host')
  assert.deepEqual(
    hosts.map(({ status }) => status!.podIP),
    hosts.map(({ status }) => status!.hostIP),
  )
  for (const { metadata, status } of hosts)
    assert.equal((await ask(`http://${status!.podIP}:8080/`)).pod, metadata.name)
})

test('kubectl and helm know the cluster, and what Pods have written', async () => {
  await deploy({ name: 'web', replicas: 1 })
  assert.match(
    await kubectl(cluster, ['logs', 'deployment/web', '--namespace', NAMESPACE, '--tail=1']),
    / listens on 8080/,
  )
  assert.match(await kubectl(cluster, ['get', 'nodes', '-o', 'name']), /node\/node-a\nnode\/node-b\n/)
  assert.match(await kubectl(cluster, ['version']), /Server Version: v1\.36\./)
  assert.equal((await helm(cluster, ['list', '--all-namespaces', '--short'])).trim(), '')
})

type Slice = KubeObject & V1EndpointSlice
