import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Subject } from '../api/kubernetes/subject.ts'
import { LastStatus } from './last-status.ts'

const REF = 'Ingress/shop/web'

function world(status: unknown) {
  const subject = (now: unknown): Subject => ({ uid: 'u', generation: 1, status: now })
  const state = { subject: subject(status) }
  const last = new LastStatus(() => state.subject)
  return { last, watch: (now: unknown) => Object.assign(state, { subject: subject(now) }) }
}

test('what we wrote counts until the watch tells of anything', () => {
  const before = { step: 0 }
  const { last, watch } = world(before)
  assert.equal(last.of(REF), before)
  last.wrote(REF, { status: { step: 1 } })
  assert.deepEqual(last.of(REF), { step: 1 })
  watch({ step: 2 })
  assert.deepEqual(last.of(REF), { step: 2 })
})

test('what we wrote is forgotten some time after, whatever the watch told', () => {
  const { last } = world({ step: 2 })
  last.wrote(REF, { status: { step: 1 } })
  last.sweep()
  assert.deepEqual(last.of(REF), { step: 1 })
  last.sweep()
  assert.deepEqual(last.of(REF), { step: 2 })
})
