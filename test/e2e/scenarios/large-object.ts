/** An object as large as the store of the API server takes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KubeObject } from '../harness/api-client.ts'
import { until } from '../harness/until.ts'
import { ingress } from './objects.ts'
import { APP, OTHER, type Stage } from './stage.ts'

/** Of etcd, as the API server sets it up; what it stores has no names of fields, and is shorter than JSON. */
const LIMIT_BYTES = 1.5 * 1024 * 1024
/** Beside rules, an object has its metadata, which says of each field who wrote it. */
const ROOM_BYTES = 64 * 1024
/** What the store needs for a rule beside its host and its path: names, numbers and lengths. */
const RULE_BYTES = 60
const HOST_BYTES = 230
const COUNT = Math.floor((LIMIT_BYTES - ROOM_BYTES) / (RULE_BYTES + HOST_BYTES))
const LABELS = `${'x'.repeat(60)}.`.repeat(3)

/** All of the same length. */
const hostOf = (rule: number) =>
  `${`${rule}`.padStart(HOST_BYTES - LABELS.length - '.test'.length - 1, '0')}.${LABELS}test`

export function largeObject(stage: () => Stage): void {
  test('an Ingress of nearly 1.5 MiB is served to its last rule, changes, and goes', async () => {
    const [first, last] = [hostOf(0), hostOf(COUNT - 1)]
    const large = (lastBackend = APP) =>
      ingress(
        'large',
        Array.from({ length: COUNT }, (_, i) => {
          return { host: hostOf(i), backend: i === COUNT - 1 ? lastBackend : APP }
        }),
      )
    await stage().put(large())
    await stage().answers(last, 200)
    await stage().answers(first, 200)
    const raw = JSON.stringify(await stage().read<KubeObject>(large()))
    assert.ok(raw.length > LIMIT_BYTES, `${raw.length} bytes of JSON`)
    await stage().put(large(OTHER))
    await until({ what: 'the other Service behind the last rule' }, async () => {
      const { pod } = JSON.parse((await stage().get(last)).body) as { readonly pod: string }
      return pod.startsWith('other-') || undefined
    })
    await stage().remove(large())
    await stage().answers(first, 404)
    await stage().answers('app.test', 200)
  })
}
