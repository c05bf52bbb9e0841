/** Policies and configuration of a running process: they hold at once, and it is visible where each value came from. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Explanation } from '../../src/model/value.ts'
import { ask, serveBy } from './backend.ts'
import { Sluice } from './sluice.ts'

const CLASS = `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: { name: sluice }
spec:
  controller: sluice.dev/ingress-controller
  parameters: { apiGroup: sluice.dev, kind: SluiceConfig, name: main }
---
`
const config = (spec: string) =>
  `${CLASS}apiVersion: sluice.dev/v1alpha1\nkind: SluiceConfig\nmetadata: { name: main }\nspec: ${spec}\n`

async function setUp(t: TestContext, spec: string) {
  const served = await serveBy((_, response) => response.end('hello'))
  t.after(served.close)
  const file = join(served.manifests, 'config.yaml')
  writeFileSync(file, config(spec))
  const sluice = await Sluice.serving(['--manifests', served.manifests, '--access-log', 'off', '--idle-timeout', '50s'])
  t.after(() => sluice.stop())
  const page = async (path: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${sluice.admin}${path}`)).json()
  /** Writes another configuration, and waits until a value is as it should be. */
  const change = async (next: string, path: string, value: string) => {
    writeFileSync(file, config(next))
    let shown: Explanation = {}
    do shown = (await page('/debug/config')) as Explanation
    while (shown[path]?.value !== value)
    return shown
  }
  return { sluice, page, change, served }
}

test('a SluiceConfig holds while the process runs, over its options, and a bad value keeps the last good one', async (t) => {
  const { sluice, page, change } = await setUp(t, '{ timeouts: { idle: 40s } }')
  const first = (await page('/debug/config')) as Explanation
  assert.deepEqual(
    [first['timeouts.idle']?.value, first['timeouts.idle']?.origin.kind],
    ['40s', 'SluiceConfig.sluice.dev'],
  )
  const second = await change(
    '{ routeDefaults: { maxBodySize: 1 }, timeouts: { idle: soon } }',
    'routeDefaults.maxBodySize',
    '1',
  )
  assert.equal(second['timeouts.idle']?.value, '40s')
  assert.match(
    JSON.stringify(await page('/debug/problems')),
    /not \\"soon\\"; what was good last stays: timeouts.idle 40s/,
  )
  assert.equal((await ask({ port: sluice.http, method: 'POST', body: 'long' })).status, 413)
  const third = await change('{}', 'timeouts.idle', '50s')
  assert.deepEqual(third['timeouts.idle']?.origin, { kind: 'Option', namespace: '', name: '--idle-timeout' })
  assert.equal((await ask({ port: sluice.http, method: 'POST', body: 'long' })).status, 200)
})

test('each route shows its values with their origins', async (t) => {
  const { page } = await setUp(t, '{ routeDefaults: { retry: { attempts: 4 } } }')
  const { hosts } = (await page('/debug/routes')) as { hosts: Record<string, { values: Explanation }[]> }
  const [route] = Object.values(hosts).flat()
  assert.deepEqual(route?.values['retry.attempts'], {
    value: '4',
    origin: {
      kind: 'SluiceConfig.sluice.dev',
      namespace: '',
      name: 'main',
      field: 'spec.routeDefaults.retry.attempts',
      file: 'config.yaml',
    },
  })
  assert.equal(route?.values['timeouts.connect']?.origin.kind, 'Default')
})

test('the level of the log is that of the SluiceConfig', async (t) => {
  const { sluice, change } = await setUp(t, '{}')
  await change('{ logs: { level: silent }, timeouts: { idle: unheard, body: 9s } }', 'timeouts.body', '9s')
  await change('{ logs: { level: info }, timeouts: { write: heard, body: 8s } }', 'timeouts.body', '8s')
  await sluice.line((line) => line.includes('not \\"heard\\"'))
  assert.doesNotMatch(sluice.stderr, /"level":"error".*unheard/)
})
