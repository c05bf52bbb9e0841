/** What helm says of an installation, and what of it is there. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SLUICE_NAMESPACE, SLUICE_RELEASE } from '../harness/install.ts'
import { helm } from '../harness/test-cluster.ts'
import type { Stage } from './stage.ts'

export function installing(stage: () => Stage): void {
  test('helm install: it is deployed, both replicas are ready, and there are notes', async () => {
    const status = ['status', SLUICE_RELEASE, '--namespace', SLUICE_NAMESPACE, '--output', 'json']
    const { info } = JSON.parse(await helm(stage().cluster, status)) as { info: { status: string; notes: string } }
    assert.equal(info.status, 'deployed')
    assert.match(info.notes, /sluice/)
    assert.equal((await stage().calm()).length, 2)
  })
}
