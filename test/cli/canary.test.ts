/** Rollouts of a running process with several workers, from a folder of manifests: the whole way from requests to weights. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const SHORT_STEPS = 'steps: [{ weight: 20, pause: 1s }, { weight: 50, pause: 1s }]'
/** Whatever the machine has to do beside: it is taken back, or stays where it is. */
const LONG_STEP = 'steps: [{ weight: 20, pause: 1h }]'

/**
 * A policy, the Service of its variant, and a backend of that which fails one request in so many.
 * @param analysis what is said of its steps, and more, as YAML.
 */
async function setUp(t: TestContext, failsOneIn: number, analysis: string, ...options: readonly string[]) {
  const primary = await serveBy((_, response) => response.end('primary'))
  let asked = 0
  const canary = createServer((_, response) => {
    response.statusCode = ++asked % failsOneIn === 0 ? 500 : 200
    response.end('canary')
  }).listen(0, '127.0.0.1')
  await once(canary, 'listening')
  const { port } = canary.address() as AddressInfo
  writeFileSync(join(primary.manifests, 'canary.yaml'), manifests(port, analysis))
  const usual = ['--manifests', primary.manifests, '--access-log', 'off', '--workers', '2']
  const sluice = await Sluice.serving([...usual, ...options])
  t.after(async () => {
    await sluice.stop()
    primary.close()
    canary.close()
    canary.closeAllConnections()
  })
  const rollout = async () => {
    const page = await (await fetch(`http://127.0.0.1:${sluice.admin}/debug/canaries`)).json()
    return (page as Record<string, { phase: string; currentWeight: number; message: string }>)['app/app']
  }
  /** Asks on and on until the rollout is over. */
  const run = async () => {
    let failed = 0
    for (;;) {
      const answers = await twenty(sluice.http)
      failed += answers.filter(({ status }) => status === 500).length
      const now = await rollout()
      if (now?.phase === 'RolledBack' || now?.phase === 'Promoted') return { ...now, failed }
    }
  }
  return { sluice, run }
}

function twenty(port: number) {
  return Promise.all(Array.from({ length: 20 }, () => ask({ port })))
}

/** Asks again until it is so; the runner ends what never is. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo()));
}

function manifests(port: number, analysis: string): string {
  return `
apiVersion: sluice.dev/v1alpha1
kind: CanaryPolicy
metadata: { name: app, namespace: app }
spec:
  targetRefs: [{ group: "", kind: Service, name: app }]
  variants: [{ name: canary, service: next }]
  analysis: { ${analysis}, minRequests: 20, latencyTolerancePercent: 0 }
---
apiVersion: v1
kind: Service
metadata: { name: next, namespace: app }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: next-1, namespace: app, labels: { kubernetes.io/service-name: next } }
addressType: IPv4
ports: [{ port: ${port} }]
endpoints: [{ addresses: [127.0.0.1] }]
`
}

test('a canary that fails one request in five is taken back, and what it did is told', async (t) => {
  const { sluice, run } = await setUp(t, 5, LONG_STEP)
  const { phase, currentWeight, message } = await run()
  assert.deepEqual([phase, currentWeight], ['RolledBack', 0])
  assert.match(message, /^errors: \d+ of \d+ requests \(\d+\.\d+ %\) of the canary failed, 0 of \d+ requests/)
  await sluice.line((line) => line.includes('CanaryRolledBack'))
  // The line is there a moment before the workers have it.
  await until(async () => (await twenty(sluice.http)).every(({ body }) => body === 'primary'))
})

test('a canary that answers well is taken back by what a Prometheus says of it', async (t) => {
  const queries: (string | null)[] = []
  const prometheus = createServer(({ url }, response) => {
    queries.push(new URL(url!, 'http://a').searchParams.get('query'))
    response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"0.25"]}}')
  }).listen(0, '127.0.0.1')
  await once(prometheus, 'listening')
  t.after(() => prometheus.close())
  const address = `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`
  const metric = `{ name: failed, failures: 1, max: 0.2, prometheus: { address: "${address}", query: "failed / all" } }`
  const { run } = await setUp(t, 1e9, `${LONG_STEP}, metrics: [${metric}]`, '--metric-servers', address)
  const { phase, message, failed } = await run()
  assert.deepEqual([phase, message], ['RolledBack', 'metric failed: 0.25, more than 0.2'])
  assert.deepEqual([queries, failed], [['failed / all'], 0])
})

test('a good canary gets everybody', async (t) => {
  const { sluice, run } = await setUp(t, 1e9, SHORT_STEPS)
  const { phase, currentWeight, failed } = await run()
  assert.deepEqual([phase, currentWeight, failed], ['Promoted', 100, 0])
  await sluice.line((line) => line.includes('CanaryPromoted'))
  await until(async () => (await twenty(sluice.http)).every(({ body }) => body === 'canary'))
  const metrics = await (await fetch(`http://127.0.0.1:${sluice.admin}/metrics`)).text()
  assert.match(metrics, /sluice_canary_weight_percent\{namespace="app",policy="app",variant="canary"\} 100/)
})
