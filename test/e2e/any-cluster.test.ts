/**
 * What Sluice owes its users, on whatever cluster: of this machine by default, where it is installed first, or by
 * `E2E_KUBECONFIG`, where it is installed already. Nothing has to be pulled: the backend runs on Sluice's own image.
 */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { V1Deployment } from '@kubernetes/client-node'
import { ApiError, type KubeObject, type List } from './harness/api-client.ts'
import { environment } from './harness/environment.ts'
import { GivenCluster } from './harness/given-cluster.ts'
import { installSluice, SLUICE_NAMESPACE, SLUICE_SERVICE } from './harness/install.ts'
import { LocalCluster } from './harness/local-cluster.ts'
import type { TestCluster } from './harness/test-cluster.ts'
import { until } from './harness/until.ts'
import { createWorkload, rolledOut } from './harness/workload.ts'

const NAMESPACE = 'sluice-e2e'
const NAME = 'hello'
const HOST = 'hello.sluice-e2e.test'
const INGRESSES = `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/ingresses`
/** Ends as Pods should: what is open is finished, and new ones are taken until nobody sends any. */
const BACKEND = `const server = require('node:http').createServer((q, s) => s.end('hello')).listen(8080)
process.on('SIGTERM', () => setTimeout(() => server.close(), 5000))`

let cluster: TestCluster
let url = ''

before(async () => {
  const { kubeconfig } = environment
  cluster = kubeconfig === undefined ? await LocalCluster.start() : await GivenCluster.open(kubeconfig)
  if (kubeconfig === undefined) await installSluice(cluster)
  url = (await cluster.addressOf(SLUICE_NAMESPACE, SLUICE_SERVICE)).http
  await createBackend()
})
after(async () => {
  await cluster.client.delete(`/api/v1/namespaces/${NAMESPACE}`).catch(() => {})
  await cluster.close()
})

async function createBackend(): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${SLUICE_NAMESPACE}/deployments`
  const { items } = await cluster.client.list<KubeObject & V1Deployment>(path)
  const sluice = items[0]?.spec?.template.spec?.containers[0]
  const { image = 'sluice', imagePullPolicy = 'IfNotPresent' } = sluice ?? {}
  const command = ['/usr/local/bin/node', '-e', BACKEND]
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 }
  const container = { command, imagePullPolicy, readinessProbe }
  await createWorkload(cluster, { namespace: NAMESPACE, name: NAME, replicas: 2, image, container })
  await rolledOut(cluster, NAMESPACE, NAME, 120_000)
  await put({})
}

async function put(annotations: Readonly<Record<string, string>>): Promise<void> {
  const backend = { service: { name: NAME, port: { number: 80 } } }
  const rules = [{ host: HOST, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }]
  const metadata = { name: NAME, namespace: NAMESPACE, annotations }
  const ingress = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: { ingressClassName: 'sluice', rules },
  }
  await cluster.client.patch(`${INGRESSES}/${NAME}?fieldManager=e2e&force=true`, ingress, 'apply')
}

async function get(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const sent = request(url, { headers: { host: HOST }, agent: false, timeout: 10_000 }, (response) => {
    text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject)
  })
  sent
    .on('timeout', () => sent.destroy(new Error('no answer for 10 s')))
    .on('error', reject)
    .end()
  return await promise
}

async function served(): Promise<void> {
  await until({ what: `hello from ${HOST} at ${url}` }, async () => ((await get()) === '200 hello' ? true : undefined))
}

test('an Ingress leads to its Service', served)

test('an Ingress says where it is reached', async () => {
  type Ingress = KubeObject & { status: { loadBalancer?: { ingress?: readonly object[] } } }
  await until({ what: 'an address in the status' }, async () => {
    const { status } = await cluster.client.get<Ingress>(`${INGRESSES}/${NAME}`)
    return status.loadBalancer?.ingress?.[0]
  })
})

test('an annotation that is misspelt is told in an Event, and harms nothing else', async () => {
  await put({ 'sluice.dev/retyr-attempts': '1' })
  await until({ what: 'the Event' }, async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${NAMESPACE}/events`
    const { items } = await cluster.client.get<List<{ note?: string }>>(path)
    return items.find(({ note = '' }) => /retyr-attempts.*did you mean sluice\.dev\/retry-attempts/.test(note))
  })
  await served()
})

test('a backend rolls, and no request fails', async () => {
  await served()
  const restartedAt = new Date().toISOString()
  const template = { metadata: { annotations: { 'e2e/restarted-at': restartedAt } } }
  const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`
  await cluster.client.patch(path, { spec: { template } })
  let isDone = false
  const rolling = rolledOut(cluster, NAMESPACE, NAME, 120_000).finally(() => {
    isDone = true
  })
  const answers = new Map<string, number>()
  while (!isDone) {
    const answer = await get().catch((error: Error) => error.message)
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  await rolling
  assert.deepEqual([...answers.keys()], ['200 hello'])
})

test('an Ingress that is deleted is no longer served', async () => {
  await cluster.client.delete(`${INGRESSES}/${NAME}`).catch((error) => {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  })
  await until({ what: 'a 404' }, async () => ((await get()).startsWith('404') ? true : undefined))
})
