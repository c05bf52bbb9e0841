/** `sluice controller` as a process, against a scripted API server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test as testWith } from 'node:test'
import { RESOURCES, resourcePath } from '../../src/controller/source/kube/resources.ts'
import { Bell } from '../kube/bell.ts'
import { ApiDouble } from '../kube/double.ts'
import { Sluice } from './sluice.ts'

const test = (name: string, run: (t: TestContext) => Promise<void>) => testWith(name, { timeout: 60_000 }, run)
const PORTS = ['--http-port', '0', '--https-port', '0', '--admin-port', '0', '--workers', '1']

const LEASE = { name: 'sluice-leader', namespace: 'ingress' }
const metadata = { name: 'web', namespace: 'shop' }
const backend = { service: { name: 'web', port: { number: 80 } } }
const INGRESS = {
  metadata,
  spec: {
    ingressClassName: 'sluice',
    rules: [{ host: 'a.test', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
  },
}

async function cluster(t: TestContext) {
  const bell = new Bell()
  const double = new ApiDouble(
    bell,
    RESOURCES.map((row) => resourcePath(row)),
  )
  const server = await double.listen()
  const dir = mkdtempSync(join(tmpdir(), 'sluice-'))
  const kubeconfig = join(dir, 'config')
  const text = {
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'one', user: 'me' } }],
    clusters: [{ name: 'one', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'T' } }],
  }
  writeFileSync(kubeconfig, JSON.stringify(text))
  t.after(async () => {
    rmSync(dir, { recursive: true })
    await double.close()
  })
  return { bell, double, kubeconfig }
}

test('it waits for the API server, serves what that knows, and follows it; endpoints at loopback are refused', async (t) => {
  const { double, kubeconfig } = await cluster(t)
  double.token = 'another'
  const sluice = new Sluice(['controller', '--kubeconfig', kubeconfig, ...PORTS])
  t.after(() => sluice.stop())
  await sluice.line((line) => line.includes('waiting for the API server'))
  assert.doesNotMatch(sluice.stderr, /"serving"/)
  double.put('/api/v1/services', { metadata, spec: { ports: [{ port: 80, targetPort: 8080 }] } })
  double.put('/apis/discovery.k8s.io/v1/endpointslices', {
    metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ port: 8080 }],
  })
  double.token = undefined
  const { http } = JSON.parse(await sluice.line((line) => line.includes('"serving"'))) as { http: number }
  const status = async () => (await fetch(`http://127.0.0.1:${http}/`, { headers: { host: 'a.test' } })).status
  assert.notEqual(await status(), 503)
  double.put('/apis/networking.k8s.io/v1/ingresses', INGRESS)
  const refused = await sluice.line((line) => line.includes('loopback') && line.includes('web-1'))
  assert.match(refused, /127\.0\.0\.1/)
})

test('it leads, writes and shows that, and gives the Lease back at the end', async (t) => {
  const { bell, double, kubeconfig } = await cluster(t)
  double.put('/apis/networking.k8s.io/v1/ingresses', INGRESS)
  const args = ['controller', '--kubeconfig', kubeconfig, ...PORTS, '--publish-address', '192.0.2.1']
  const sluice = new Sluice(args, { POD_NAMESPACE: 'ingress', POD_NAME: 'sluice-0' })
  t.after(() => sluice.stop())
  const { admin } = JSON.parse(await sluice.line((line) => line.includes('"serving"'))) as { admin: number }
  const status = '/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web/status'
  await bell.until(() => double.written.some(({ path }) => path === status))
  const holder = () => {
    const found = double.find('/apis/coordination.k8s.io/v1/namespaces/ingress/leases', LEASE)
    return (found as { spec?: { holderIdentity?: string } } | undefined)?.spec?.holderIdentity
  }
  assert.equal(holder(), 'sluice-0')
  const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text()
  assert.match(metrics, /^sluice_kube_leader 1$/m)
  assert.match(metrics, /^sluice_kube_objects\{resource="ingresses\.networking\.k8s\.io",namespace=""\} 1$/m)
  assert.match(metrics, /^sluice_controller_translation_duration_seconds_count\{lane="all"\} [1-9]/m)
  sluice.child.kill('SIGTERM')
  assert.equal((await sluice.ended()).code, 0)
  assert.equal(holder(), '')
})

test('without a namespace of its own it writes nothing, and says so', async (t) => {
  const { double, kubeconfig } = await cluster(t)
  double.put('/apis/networking.k8s.io/v1/ingresses', INGRESS)
  const sluice = new Sluice(['controller', '--kubeconfig', kubeconfig, ...PORTS, '--publish-address', '192.0.2.1'])
  t.after(() => sluice.stop())
  await sluice.line((line) => line.includes('"serving"'))
  assert.equal(sluice.stderr.match(/POD_NAMESPACE is not set/g)?.length, 1)
  assert.deepEqual(double.written, [])
})

test('a signal ends it while it still waits', async (t) => {
  const { double, kubeconfig } = await cluster(t)
  double.token = 'another'
  const sluice = new Sluice(['controller', '--kubeconfig', kubeconfig, ...PORTS])
  await sluice.line((line) => line.includes('waiting for the API server'))
  sluice.child.kill('SIGTERM')
  assert.equal((await sluice.ended()).code, 0)
})

test('a kubeconfig that does not exist, and no cluster around us, are said in words', async () => {
  const missing = await new Sluice(['controller', '--kubeconfig', '/nonexistent/config', ...PORTS]).ended()
  assert.equal(missing.code, 1)
  assert.match(missing.stderr, /^sluice: .*\/nonexistent\/config/m)
  const variables = { KUBERNETES_SERVICE_HOST: '', KUBERNETES_SERVICE_PORT: '' }
  const nowhere = await new Sluice(['controller', ...PORTS], variables).ended()
  assert.equal(nowhere.code, 1)
  assert.match(nowhere.stderr, /this is no Pod of a cluster.*--kubeconfig FILE/)
})

test('options of the other command are not taken', async () => {
  const refused = await new Sluice(['controller', '--manifests', 'x', '--watch-namespace', 'Shop']).ended()
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /unknown option --manifests/)
  assert.match(refused.stderr, /--watch-namespace: expected .*the name of a namespace/)
})
