import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SERVICE_ANNOTATIONS } from '../../src/controller/api/annotations/service.ts'
import { SLUICE_ANNOTATIONS, SLUICE_PREFIX } from '../../src/controller/api/annotations/sluice.ts'
import { parseText } from '../../src/lib/schema.ts'
import { MACHINERY } from './machinery.ts'

for (const [name, { service, ingress }] of Object.entries(MACHINERY)) {
  test(`machinery ${name}: all that is asked for is an option, and a value of it`, () => {
    for (const [annotation, text] of Object.entries(service)) {
      const row = SERVICE_ANNOTATIONS[annotation.slice(SLUICE_PREFIX.length)]
      assert.ok(row !== undefined && parseText(row.field, text).ok, `${annotation}: ${text}`)
    }
    for (const annotation of Object.keys(ingress)) {
      assert.ok(annotation.slice(SLUICE_PREFIX.length) in SLUICE_ANNOTATIONS, annotation)
    }
  })
}
