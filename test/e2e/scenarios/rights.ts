/** By the audit log of the API server: the chart grants what is used, all of it, and nothing else is asked for. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { render } from '../../chart/helm.ts'
import { ofKind, rights } from '../../chart/objects.ts'
import { askedBy, refused, usesOf } from './audit.ts'
import { LAYER4, type Stage } from './stage.ts'

/** What only happens when the same Event comes again after half an hour. */
const TOO_SLOW_FOR_A_TEST = ['patch events.k8s.io/events']
const ACCOUNT = 'sluice:sluice'

/** To be called last: it looks at what all scenarios have led to. */
export function rightsInUse(stage: () => Stage): void {
  test('nothing that Sluice asks for is forbidden to it', () => {
    assert.deepEqual(refused(askedBy(stage(), ACCOUNT)), [])
  })

  test('every right that the chart grants is used', async () => {
    const used = new Set(askedBy(stage(), ACCOUNT).flatMap(usesOf))
    const objects = await render(LAYER4)
    const granted = [...ofKind(objects, 'ClusterRole'), ...ofKind(objects, 'Role')].flatMap(rights)
    const idle = granted.map((right) => right.replace(/\[.*\]$/, '')).filter((right) => !used.has(right))
    assert.deepEqual(
      idle.filter((right) => !TOO_SLOW_FOR_A_TEST.includes(right)),
      [],
    )
  })
}
