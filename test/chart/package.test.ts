/** What helm packages, and what it says at the end. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHART, helm, render, type Values } from './helm.ts'
import { ofKind, option, type Workload, workload } from './objects.ts'

const crds = readdirSync(join(CHART, 'files/crds'))

test('a packaged chart has everything, the CRDs too, and nothing of the checkout', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-package-'))
  t.after(() => rmSync(dir, { recursive: true }))
  await helm(['package', CHART, '--destination', dir])
  const [archive] = readdirSync(dir)
  const list = execFileSync('tar', ['-tzf', join(dir, archive!)], { encoding: 'utf8' })
    .trim()
    .split('\n')
  for (const name of [
    ...crds.map((crd) => `files/crds/${crd}`),
    'files/rbac.yaml',
    'values.schema.json',
    'README.md',
  ]) {
    assert.ok(list.includes(`sluice/${name}`), name)
  }
  assert.deepEqual(
    list.filter((path) => /\/\.|\.test\.|node_modules/.test(path)),
    [],
  )
})

test('CRDs are part of the release, so that they are upgraded with it, and outlive it', async () => {
  const names = ofKind(await render({}), 'CustomResourceDefinition').map(({ metadata }) => metadata)
  assert.equal(names.length, crds.length)
  assert.ok(names.length > 0)
  for (const { annotations } of names) assert.equal(annotations?.['helm.sh/resource-policy'], 'keep')
  const passing = ofKind(await render({ crds: { keep: false } }), 'CustomResourceDefinition')
  assert.ok(passing.every(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === undefined))
  assert.deepEqual(ofKind(await render({ crds: { install: false } }), 'CustomResourceDefinition'), [])
})

test('a policy for admission does what the values say: nothing worse than a warning by default', async () => {
  const actions = async (values: Values) => {
    const bindings = ofKind(await render(values), 'ValidatingAdmissionPolicyBinding')
    assert.ok(bindings.length > 0)
    return new Set(bindings.map(({ spec }) => `${(spec as { readonly validationActions: unknown }).validationActions}`))
  }
  assert.deepEqual(await actions({}), new Set(['Warn,Audit']))
  assert.deepEqual(await actions({ validatingAdmissionPolicy: { validationActions: ['Deny'] } }), new Set(['Deny']))
})

test('there is a policy for admission, unless somebody else has it', async () => {
  const policies = async (enabled: boolean) =>
    ofKind(await render({ validatingAdmissionPolicy: { enabled } }), 'ValidatingAdmissionPolicy').length
  assert.ok((await policies(true)) > 0)
  assert.equal(await policies(false), 0)
})

test('a Pod leaves once its successor is ready; on ports of a node it leaves first', async () => {
  const strategy = async (controller: object) => {
    const { spec } = workload(await render({ controller })) satisfies Workload
    return (spec.strategy ?? spec.updateStrategy) as { readonly rollingUpdate: object }
  }
  const after = { maxSurge: 1, maxUnavailable: 0 }
  assert.deepEqual((await strategy({})).rollingUpdate, after)
  assert.deepEqual((await strategy({ kind: 'DaemonSet' })).rollingUpdate, after)
  for (const held of [{ hostPort: { enabled: true } }, { hostNetwork: true }]) {
    assert.deepEqual((await strategy({ kind: 'DaemonSet', ...held })).rollingUpdate, { maxSurge: 0, maxUnavailable: 1 })
  }
})

test('one replica has no budget, which would forbid to drain its node', async () => {
  const budgets = async (controller: object) => ofKind(await render({ controller }), 'PodDisruptionBudget').length
  assert.equal(await budgets({ replicaCount: 1 }), 0)
  assert.equal(await budgets({ replicaCount: 2 }), 1)
  assert.equal(await budgets({ replicaCount: 1, autoscaling: { enabled: true } }), 1)
})

test('the time to end follows the time that draining takes', async () => {
  const object = workload(await render({ controller: { drain: { delaySeconds: 1, timeoutSeconds: 2 } } }))
  assert.deepEqual([option(object, 'drain-delay'), option(object, 'drain-timeout')], ['1s', '2s'])
  assert.equal(object.spec.template.spec.terminationGracePeriodSeconds, 8)
})

test('what is published: addresses before the Service before nodes', async () => {
  const published = async (controller: object) => {
    const object = workload(await render({ controller }))
    const options = ['publish-address', 'publish-service', 'publish-nodes']
    return options.flatMap((name) => option(object, name) ?? [])
  }
  const nodes = { hostPort: { enabled: true } }
  assert.deepEqual(await published({ ...nodes, publishAddress: ['192.0.2.1', 'a.test'] }), ['192.0.2.1,a.test'])
  assert.deepEqual(await published(nodes), ['ingress/sluice'])
  assert.deepEqual(await published({ ...nodes, service: { enabled: false } }), ['true'])
  assert.deepEqual(await published({ service: { enabled: false } }), [])
})

const NOTES = [
  ['LoadBalancer', {}, /kubectl -n ingress get service sluice[\s\S]*EXTERNAL-IP/],
  ['NodePort', { service: { type: 'NodePort' } }, /Its ports are open on all nodes/],
  ['ports of nodes', { hostPort: { enabled: true }, service: { enabled: false } }, /ports 80 and 443 of the nodes/],
  ['network of nodes', { hostNetwork: true, service: { enabled: false } }, /ports 8080 and 8443 of the nodes/],
  ['nothing', { service: { enabled: false } }, /only the Pods' own addresses/],
  ['some namespaces', { scope: { namespaces: ['shop', 'blog'] } }, /Only these namespaces are read: shop, blog/],
] as const

/** helm shows notes when there is a cluster; in this copy of the chart they are an object like any other. */
function chartWithNotes(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-notes-'))
  cpSync(CHART, dir, { recursive: true })
  const notes = readFileSync(join(dir, 'templates/NOTES.txt'), 'utf8')
  writeFileSync(join(dir, 'templates/_notes.tpl'), `{{ define "notes" }}${notes}{{ end }}`)
  const object = 'apiVersion: v1\nkind: Notes\nmetadata: {name: notes}\ntext: {{ include "notes" . | toJson }}\n'
  writeFileSync(join(dir, 'templates/notes.yaml'), object)
  return dir
}

for (const [name, controller, words] of NOTES) {
  test(`notes after install: ${name}`, async (t) => {
    const dir = chartWithNotes()
    t.after(() => rmSync(dir, { recursive: true }))
    const [notes] = ofKind(await render({ controller }, dir), 'Notes')
    assert.match(String(notes?.text), words)
    assert.doesNotMatch(String(notes?.text), /<no value>|\n{4}/)
  })
}
