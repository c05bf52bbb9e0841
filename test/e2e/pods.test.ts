/** What a Pod's spec says holds for its processes. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1Container, V1Job, V1PodSpec } from '@kubernetes/client-node'
import type { KubeObject } from './harness/api-client.ts'
import { ask, Lab } from './harness/lab.ts'
import type { Pod } from './harness/pod-context.ts'
import { until } from './harness/until.ts'

const NAMESPACE = 'pods'
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`
let lab: Lab

before(async () => {
  lab = await Lab.open(NAMESPACE)
})
after(() => lab.close())

test('a Pod is ready when its probe says so, and not ready when it no longer does', async () => {
  await lab.deploy({ name: 'moody', replicas: 1 })
  const { metadata, status } = await lab.podOf('moody')
  const isReady = async (wanted: string) =>
    await until({ what: `Ready is ${wanted}` }, async () => {
      const { status: now } = await lab.cluster.client.get<Pod>(`${PODS}/${metadata.name}`)
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
  await lab.deploy({ name: 'phoenix', replicas: 1, container: { livenessProbe } })
  const { metadata, status } = await lab.podOf('phoenix')
  const restarts = async (count: number) =>
    await until({ what: `${count} restarts, then ready` }, async () => {
      const [container] =
        (await lab.cluster.client.get<Pod>(`${PODS}/${metadata.name}`)).status?.containerStatuses ?? []
      return (container?.restartCount === count && container.ready) || undefined
    })
  await assert.rejects(ask(`http://${status!.podIP}:8080/exit?code=3`))
  await restarts(1)
  await ask(`http://${status!.podIP}:8080/unready`)
  await restarts(2)
})

test('a Pod has its grace period to end, then it is killed', async () => {
  const pod = { terminationGracePeriodSeconds: 4 }
  await lab.deploy({ name: 'stubborn', replicas: 1, variables: { DRAIN_MS: 'never' }, pod })
  const { metadata } = await lab.podOf('stubborn')
  const { pid } = lab.cluster.kubelet.worker(NAMESPACE, metadata.name).containers[0]!
  const begin = performance.now()
  await lab.cluster.client.delete(`${PODS}/${metadata.name}`)
  await sleep(1_500)
  process.kill(pid, 0)
  await until({ what: 'the Pod is gone' }, async () => {
    return (await lab.podsOf('stubborn')).every((each) => each.metadata.name !== metadata.name) || undefined
  })
  const took = performance.now() - begin
  assert.ok(took > 3_900, `it took ${took} ms`)
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })
})

test('a preStop hook runs before SIGTERM, within the grace period', async () => {
  const lifecycle = { preStop: { exec: { command: ['sh', '-c', 'echo hook; sleep 0.5'] } } }
  await lab.deploy({ name: 'polite', replicas: 1, container: { lifecycle } })
  const { metadata } = await lab.podOf('polite')
  const log = lab.cluster.kubelet.logOf(NAMESPACE, metadata.name, 'backend')
  await lab.cluster.client.delete(`${PODS}/${metadata.name}`)
  const lines = await until({ what: 'SIGTERM in the log' }, () => {
    const text = readFileSync(log, 'utf8')
    return text.includes('SIGTERM') ? text.trim().split('\n') : undefined
  })
  assert.deepEqual(lines.slice(-2), ['hook', 'SIGTERM'])
})

test('a securityContext holds: user, groups, capabilities, privileges, a root that is read-only', async () => {
  const script = `id -u; id -g; id -G; grep -E '^(CapBnd|CapEff|NoNewPrivs)' /proc/self/status | tr -s '\\t ' ' '
    touch /etc/x 2>&1 | grep -o 'Read-only file system'; echo a > /data/x && cat /data/x; stat -c %g /data`
  const pod = {
    securityContext: { runAsNonRoot: true, runAsUser: 65532, fsGroup: 4242 },
    volumes: [{ name: 'data', emptyDir: {} }],
  }
  const container = {
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
  }
  const lines = await lab.outputOf('locked', script, { pod, container })
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
  const script = 'for at in /etc /tmp; do echo mine > $at/e2e-layer && cat $at/e2e-layer; done; hostname'
  assert.deepEqual(await lab.outputOf('layer', script, { pod: { securityContext: { runAsUser: 0 } } }), [
    'mine',
    'mine',
    'layer',
  ])
  for (const at of ['/etc', '/tmp']) assert.throws(() => readFileSync(`${at}/e2e-layer`), { code: 'ENOENT' })
})

const REASONS: readonly (readonly [
  name: string,
  container: Partial<V1Container>,
  pod: Partial<V1PodSpec>,
  why: RegExp,
])[] = [
  ['rooted', { securityContext: { runAsNonRoot: true, runAsUser: 0 } }, {}, /runAsNonRoot and image will run as root/],
  ['strange', { image: 'nobody/knows:1' }, {}, /nobody\/knows:1: not in the table of images/],
  ['modern', { readinessProbe: { grpc: { port: 1 } } }, {}, /readinessProbe\.grpc: not known/],
  ['waiting', {}, { volumes: [{ name: 's', secret: { secretName: 'nowhere' } }] }, /secrets "nowhere" not found/],
]

for (const [name, container, pod, why] of REASONS) {
  test(`a Pod that cannot be as it is asked to be waits and says why: ${name}`, async () => {
    const containers = [{ name: 'main', image: 'backend', ...container }]
    await lab.cluster.client.create(PODS, { metadata: { name }, spec: { containers, ...pod } })
    const message = await until({ what: 'the reason' }, async () => {
      const { status } = await lab.cluster.client.get<Pod>(`${PODS}/${name}`)
      return status?.containerStatuses?.[0]?.state?.waiting?.message
    })
    assert.match(message, why)
  })
}

test('a Pod knows itself, its configuration and the API server, and is known there by its ServiceAccount', async () => {
  await lab.cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/configmaps`, {
    metadata: { name: 'c' },
    data: { k: 'v' },
  })
  const secret = { metadata: { name: 's' }, stringData: { password: 'p' } }
  await lab.cluster.client.create(`/api/v1/namespaces/${NAMESPACE}/secrets`, secret)
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
  const pod = { volumes: [{ name: 's', secret: { secretName: 's' } }] }
  const lines = await lab.outputOf('knowing', script, { pod, container: { env, volumeMounts, args: ['$(NS)'] } })
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
  await lab.cluster.client.create(jobs, { metadata: { name: 'job' }, spec: { backoffLimit: 0, template } })
  const conditions = await until({ what: 'the end of the Job' }, async () => {
    const { status } = await lab.cluster.client.get<KubeObject & V1Job>(`${jobs}/job`)
    return status?.completionTime === undefined && (status?.failed ?? 0) === 0 ? undefined : status?.conditions
  })
  assert.ok(conditions.some(({ type, status }) => type === 'Complete' && status === 'True'))
})
