import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Subject } from '../api/kubernetes/subject.ts'
import { LastStatus } from './last-status.ts'

const REF = 'Ingress/shop/web'

function world(status: unknown) {
  const subject = (now: unknown): Subject => ({ uid: 'u', generation: 1, status: now })
  const state: { subject: Subject | undefined } = { subject: subject(status) }
  const last = new LastStatus(() => state.subject)
  return {
    state,
    last,
    watch: (now: unknown) => Object.assign(state, { subject: now === undefined ? undefined : subject(now) }),
  }
}

test('what we wrote counts until the watch tells of anything', () => {
  const before = { step: 0 }
  const { last, watch } = world(before)
  assert.equal(last.of(REF), before)
  last.wrote(REF, { status: { step: 1 } })
  assert.deepEqual(last.of(REF), { step: 1 })
  watch({ step: 2 })
  assert.deepEqual(last.of(REF), { step: 2 })
  watch(before)
  assert.equal(last.of(REF), before, 'what was written is forgotten by then')
})

test('of an object that is gone nothing is kept', () => {
  const { last, watch } = world(undefined)
  last.wrote(REF, { status: { step: 1 } })
  watch({ step: 2 })
  last.sweep()
  watch(undefined)
  assert.equal(last.of(REF), undefined)
})
