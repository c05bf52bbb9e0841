/** What of the chart is generated is as it would be generated now, and what it says twice is the same twice. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { type Grants, grants, type Rule } from '../scripts/chart/rbac.ts'
import { valuesSchema } from '../scripts/chart/schema.ts'
import { leaves, readValues } from '../scripts/chart/values.ts'
import { copiedCrds, generatedFiles } from '../scripts/chart.ts'
import { flagName } from '../src/config/flag.ts'
import { FLAGS } from '../src/config.ts'
import { RESOURCES } from '../src/controller/source/kube/resources.ts'
import { WRITES } from '../src/controller/source/kube/writes.ts'
import { LOG_LEVELS } from '../src/lib/log.ts'

const CHART = 'charts/sluice'
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

for (const [path, text] of generatedFiles()) {
  test(`${path} is up to date; npm run generate mends it`, () => assert.equal(read(path), text))
}

test('the chart has a copy of each CRD, and of no others', () => {
  const generated = [...generatedFiles().keys()].filter((path) => path.startsWith(`${CHART}/files/crds/`))
  assert.ok(generated.length > 0)
  assert.deepEqual(copiedCrds(), generated.sort())
})

test('the version of the application is that of package.json', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  assert.equal((parse(read(`${CHART}/Chart.yaml`)) as { appVersion: string }).appVersion, version)
})

test('options that the chart sets itself exist, and are the ones that it refuses to take twice', () => {
  const template = read(`${CHART}/templates/_args.tpl`)
  const [, names = ''] = /define "sluice\.managedNames" -}}\n(.*)\n/.exec(template) ?? []
  const set = new Set([...template.matchAll(/^([a-z-]+)=/gm)].map(([, name]) => name!))
  assert.deepEqual(names.split(' ').sort(), [...set].sort())
  const known = new Set(Object.keys(FLAGS).map((key) => flagName(key).slice(2)))
  assert.deepEqual(
    [...set].filter((name) => !known.has(name)),
    [],
  )
})

test('the levels of the log are those that Sluice has', () => {
  const levels = leaves(readValues(read(`${CHART}/values.yaml`))).find(({ path }) => path.at(-1) === 'logLevel')
  assert.deepEqual(levels?.schema, { enum: LOG_LEVELS })
})

const verbs = (rules: readonly Rule[]) =>
  rules.flatMap(({ apiGroups, resources, verbs: each }) => each.map((verb) => `${verb} ${apiGroups}/${resources}`))
const all = (granted: Grants) => Object.values(granted).flatMap(verbs)

test('every right comes from a row of the tables, and every row gives its rights', () => {
  const granted = all(grants())
  const rows = RESOURCES.length + WRITES.length
  const apart = [
    'ConfigMaps by name',
    'Secrets by name',
    'Secrets watched',
    'ConfigMaps of TCP and UDP services',
    'the published Service',
    'our Pods',
    'Events about what has no namespace',
  ]
  assert.equal(Object.values(grants()).flat().length, rows + apart.length)
  assert.ok(granted.every((right) => !right.includes('*')))
  assert.ok(granted.includes('watch networking.k8s.io/ingresses') && granted.includes('list /services'))
})

test('Secrets are read by name; to list them takes the Role of a namespace', () => {
  const { secrets, watchedSecrets, ...others } = grants()
  assert.deepEqual(verbs(secrets), ['get /secrets'])
  assert.deepEqual(verbs(watchedSecrets), ['list /secrets', 'watch /secrets'])
  assert.ok(
    !Object.values(others)
      .flatMap(verbs)
      .some((right) => right.endsWith('/secrets')),
  )
})

test('kinds without namespaces are granted by cluster, with their status; Leases where Sluice runs', () => {
  const { cluster, namespaced, own } = grants()
  assert.ok(verbs(cluster).includes('list networking.k8s.io/ingressclasses'))
  assert.ok(verbs(namespaced).includes('patch networking.k8s.io/ingresses/status'))
  assert.ok(own.every(({ resources: [resource] }) => resource === 'leases'))
})

test('a value without a comment, without a type or with a broken @schema is an error that names it', () => {
  assert.throws(() => readValues('a:\n  b: 1\n'), /values\.yaml, a\.b: expected a comment/)
  assert.throws(() => readValues('# -- A.\n# @schema {\na: 1\n'), /values\.yaml, a: @schema: /)
  assert.throws(() => valuesSchema(readValues('# -- A.\na: null\n')), /values\.yaml, a: expected a type/)
})

test('the type of a value is that of its default, and maps take no others than theirs', () => {
  const schema = valuesSchema(
    readValues('a:\n  # -- B.\n  # @schema {"maximum": 3}\n  b: 1\n# -- C.\n# More.\nc: []\n'),
  )
  assert.deepEqual(schema.properties, {
    a: {
      type: 'object',
      additionalProperties: false,
      properties: { b: { type: 'integer', description: 'B.', minimum: 0, maximum: 3 } },
    },
    c: { type: 'array', description: 'C. More.' },
  })
})
