/** A claim of a token that nobody verified says who a client is as long as nobody lies: status and Events say so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SERVICES, service } from './follower.ts'
import { INGRESSES, ingress, routePolicy, ScriptedCluster } from './reporting.ts'

const CANARIES = '/apis/sluice.dev/v1alpha1/canarypolicies'
const SPEC = {
  targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
  variants: [{ name: 'canary', service: 'next', weight: 10 }],
}
const SENTENCE = /claim:sub of a token that nobody verified is a hint and no identity/

for (const [key, isHint] of [
  ['claim:sub', true],
  ['header:X-User', false],
] as const) {
  test(`a share of clients by ${key}: ${isHint ? 'a hint' : 'no word of it'}`, { timeout: 20_000 }, async (t) => {
    const cluster = await ScriptedCluster.create(t)
    cluster.double.put(INGRESSES, ingress('web'))
    for (const name of ['web', 'next']) cluster.double.put(SERVICES, service(name))
    cluster.double.put(CANARIES, routePolicy('checkout', { ...SPEC, assignment: { key } }))
    const replica = await cluster.replica()
    await replica.leads()
    await cluster.bell.until(() => cluster.statuses('canarypolicies').length === 1)
    const [[, status] = []] = cluster.statuses('canarypolicies')
    const { conditions } = status as { conditions: { type: string; status: string; message: string }[] }
    const accepted = conditions.find(({ type }) => type === 'Accepted')!
    assert.equal(accepted.status, 'True', 'it is used all the same')
    assert.equal(SENTENCE.test(accepted.message), isHint, accepted.message)
    const told = () => cluster.events.find(({ reason }) => reason === 'UnverifiedClaim')
    if (isHint) await cluster.until(() => told() !== undefined)
    assert.deepEqual(told()?.type, isHint ? 'Warning' : undefined)
  })
}
