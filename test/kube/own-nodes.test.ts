/** The addresses of the nodes that our Pods are on. */
import assert from 'node:assert/strict'
import { type TestContext, test as testWith } from 'node:test'
import { HttpKubeClient } from '../../src/controller/source/kube/client.ts'
import { OwnNodes } from '../../src/controller/status/own-nodes.ts'
import { seededRandom } from '../../src/lib/random.ts'
import { Bell } from './bell.ts'
import { RingingClock } from './clock.ts'
import { ApiDouble, type RawObject, refuse } from './double.ts'
import { TestAccess } from './follower.ts'
import { testLog } from './memory-api.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 20_000 }, run)
const PODS = '/api/v1/namespaces/ingress/pods'

function pod(
  name: string,
  hostIP: string,
  { app = 'sluice', isReady = true, hostIPs, ...metadata }: Record<string, unknown> = {},
): RawObject {
  const labels = { app, 'pod-template-hash': name, 'topology.kubernetes.io/zone': `zone-${name}` }
  return {
    metadata: { name, namespace: 'ingress', labels, ...metadata },
    spec: { containers: [] },
    status: { hostIP, hostIPs, conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  }
}

async function world(t: TestContext) {
  const bell = new Bell()
  const clock = new RingingClock(bell)
  const double = new ApiDouble(bell, [PODS])
  const access = new TestAccess()
  access.server = await double.listen()
  const log = testLog(bell.ring)
  const outside = { client: new HttpKubeClient(access, clock), clock, random: seededRandom(2), log }
  const nodes = new OwnNodes({ ...outside, namespace: 'ingress', podName: 'a' })
  t.after(async () => {
    nodes.stop()
    access.agent.destroy()
    await double.close()
  })
  const addresses = () => nodes.current?.map(({ ip }) => ip).join()
  return { bell, double, log, nodes, addresses, start: () => nodes.start(bell.ring) }
}

test('nodes of ready Pods with our labels, each once, as they come and go', async (t) => {
  const { bell, double, addresses, start } = await world(t)
  double.put(PODS, pod('a', '192.0.2.1'))
  double.put(PODS, pod('b', '192.0.2.1'))
  double.put(PODS, pod('c', '192.0.2.3', { isReady: false }))
  double.put(PODS, pod('d', '192.0.2.4', { app: 'other' }))
  double.put(PODS, pod('e', '192.0.2.5', { deletionTimestamp: '2026-01-01T00:00:00Z' }))
  start()
  await bell.until(() => addresses() === '192.0.2.1')
  double.put(PODS, pod('c', '192.0.2.3'))
  await bell.until(() => addresses() === '192.0.2.1,192.0.2.3')
  double.remove(PODS, pod('b', '192.0.2.1'))
  double.put(PODS, pod('a', '192.0.2.1', { isReady: false }))
  await bell.until(() => addresses() === '192.0.2.3')
})

test('a node with addresses of both families has both', async (t) => {
  const { bell, double, addresses, start } = await world(t)
  double.put(PODS, pod('a', '192.0.2.1', { hostIPs: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }] }))
  start()
  await bell.until(() => addresses() === '192.0.2.1,2001:db8::1')
})

test('while nobody is ready nothing is known, and what was known stays', async (t) => {
  const { bell, double, nodes, addresses, start } = await world(t)
  double.put(PODS, pod('a', '192.0.2.1', { isReady: false }))
  start()
  await bell.until(() => double.watching(PODS) > 0)
  assert.equal(nodes.current, undefined)
  double.put(PODS, pod('a', '192.0.2.1'))
  await bell.until(() => addresses() === '192.0.2.1')
  double.put(PODS, pod('a', '192.0.2.1', { isReady: false }))
  double.put(PODS, pod('b', '192.0.2.2'))
  await bell.until(() => addresses() === '192.0.2.2')
  double.remove(PODS, pod('b', '192.0.2.2'))
  double.bookmark(PODS)
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(addresses(), '192.0.2.2')
})

test('Pods that may not be read are said once', async (t) => {
  const { bell, double, log, nodes, start } = await world(t)
  double.intercept = (_, response) => {
    refuse(response, 403, 'Forbidden')
    return true
  }
  start()
  await bell.until(() => log.lines.length > 0)
  assert.match(log.lines[0]!, /^warn: our own Pods cannot be read/)
  assert.equal(nodes.current, undefined)
})
