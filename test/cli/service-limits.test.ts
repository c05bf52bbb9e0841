/** Limits of a service in a running process with several workers: true over all of them, and nobody waits for ever. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const WORKERS = 3
const MOST = 4
const REQUESTS = 200

const policyOf = (spec: string) => `
apiVersion: sluice.dev/v1alpha1
kind: BackendPolicy
metadata: { name: app, namespace: app }
spec:
  targetRefs: [{ group: "", kind: Service, name: app }]
  ${spec}
`

test('a service has no more at a time than it may, and all who wait get their turn', async (t) => {
  let underWay = 0
  let most = 0
  const served = await serveBy((_, response) => {
    most = Math.max(most, ++underWay)
    // A few turns, so that requests meet.
    setTimeout(() => {
      underWay--
      response.end('hello')
    }, 3)
  })
  t.after(served.close)
  const limits = `limits: { requests: ${MOST}, pending: ${REQUESTS}, pendingTimeout: 1m }`
  writeFileSync(join(served.manifests, 'policy.yaml'), policyOf(limits))
  const flags = ['--manifests', served.manifests, '--access-log', 'off', '--workers', `${WORKERS}`]
  const sluice = await Sluice.serving(flags)
  t.after(() => sluice.stop())
  const answers = await Promise.all(Array.from({ length: REQUESTS }, () => ask({ port: sluice.http })))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.ok(most >= MOST && most < MOST + WORKERS, `${most} at a time`)
  const metrics = await (await fetch(`http://127.0.0.1:${sluice.admin}/metrics`)).text()
  const waited = Number(/sluice_service_requests_waited\{.*service="app".*\} (\d+)/.exec(metrics)?.[1])
  assert.ok(waited > 0 && waited <= REQUESTS - MOST, `${waited} have waited`)
  assert.match(metrics, /sluice_service_requests_waiting\{.*service="app".*\} 0\n/)
})
