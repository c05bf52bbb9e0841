/** What is generated is committed as it would be generated now, and all of it is there. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { generatedFiles, staleFiles } from '../scripts/generate.ts'
import { SERVICE_ANNOTATIONS } from '../src/controller/api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../src/controller/api/annotations/sluice.ts'
import { BACKEND_POLICY_SPEC } from '../src/controller/api/backend-policy.ts'
import { OWN_KINDS } from '../src/controller/api/own-kinds.ts'
import { RESOURCES, resourceName } from '../src/controller/source/kube/resources.ts'
import { leavesOf } from '../src/lib/schema.ts'

const files = generatedFiles()

test('generated files are up to date', () => assert.deepEqual(staleFiles(), []))

test('a definition is there for each of our kinds, and no other', () => {
  const names = readdirSync(new URL('../crds/', import.meta.url))
  assert.deepEqual(names.sort(), OWN_KINDS.map(({ plural }) => `${plural}.sluice.dev.yaml`).sort())
})

test('what is defined is read, by the same name', () => {
  const read = RESOURCES.map(resourceName).filter((name) => name.endsWith('.sluice.dev'))
  assert.deepEqual(read.sort(), OWN_KINDS.map(({ plural }) => `${plural}.sluice.dev`).sort())
})

test('every option and annotation is documented', () => {
  const configuration = files.get('docs/configuration.md') ?? ''
  for (const { path } of OWN_KINDS.flatMap(({ spec }) => leavesOf(spec))) {
    assert.ok(configuration.includes(`| \`${path}\` |`), path)
  }
  const annotations = files.get('docs/annotations.md') ?? ''
  const names = [...Object.keys(SLUICE_ANNOTATIONS), ...Object.keys(SERVICE_ANNOTATIONS)]
  for (const name of names) assert.ok(annotations.includes(`\`${SLUICE_PREFIX}${name}\``), name)
})

test('every option of a BackendPolicy is an annotation of a Service, but for its targets', () => {
  const annotated = Object.values(SERVICE_ANNOTATIONS).map(({ path }) => path)
  const paths = leavesOf(BACKEND_POLICY_SPEC).map(({ path }) => path)
  assert.deepEqual(annotated.sort(), paths.filter((path) => path !== 'targetRefs').sort())
  for (const name of Object.keys(SERVICE_ANNOTATIONS)) assert.match(name, /^[a-z]+(-[a-z0-9]+)*$/)
})

test('no schema leaves a list or a text without bounds', () => {
  for (const { kind, spec } of OWN_KINDS) {
    for (const { path, field } of leavesOf(spec)) {
      const { openApi } = field
      if (openApi.type === 'array') assert.ok(openApi.maxItems !== undefined, `${kind} ${path}`)
      if (openApi.type === 'string') assert.ok(openApi.enum ?? openApi.maxLength, `${kind} ${path}`)
    }
  }
})

test('every pattern is one that the API server can read: RE2 repeats nothing more than a thousand times', () => {
  for (const [file, text] of files) {
    const counts = [...text.matchAll(/pattern: .*$/gm)].flatMap(([line]) => [...line.matchAll(/[{,](\d+)\}/g)])
    for (const [, count] of counts) assert.ok(Number(count) <= 1_000, `${file}: ${count}`)
    assert.doesNotMatch(text, /pattern: .*\(\?[=!<]/, file)
  }
})
