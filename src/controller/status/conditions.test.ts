import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Problem, Severity } from '../../model/problem.ts'
import { areThere, type Condition, conditionsOf, conditionsOfStatus, unprogrammed } from './conditions.ts'

const [THEN, NOW] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']
const FOREIGN: Condition = { type: 'Reviewed', status: 'True', lastTransitionTime: THEN, reason: 'ByHand', message: '' }

function problem(severity: Severity, message: string, field = 'spec.timeouts.request'): Problem {
  return {
    at: { kind: 'RoutePolicy.sluice.dev', namespace: 'shop', name: 'slow', field },
    severity,
    reason: 'X',
    message,
  }
}

const find = (conditions: readonly Condition[], type: string) => conditions.find((each) => each.type === type)!

test('an object without problems is accepted and programmed', () => {
  assert.deepEqual(conditionsOf({ generation: 3, problems: [problem('note', 'n')] }, [], NOW), [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: '',
      observedGeneration: 3,
      lastTransitionTime: NOW,
    },
    {
      type: 'Programmed',
      status: 'True',
      reason: 'Programmed',
      message: 'Every worker has it.',
      observedGeneration: 3,
      lastTransitionTime: NOW,
    },
  ])
})

test('an error is a refusal, with field and expectation', () => {
  const problems = [problem('warning', 'too long'), problem('error', 'expected a duration'), problem('note', 'n')]
  const conditions = conditionsOf({ generation: 3, problems }, [], NOW)
  const { status, reason, message } = find(conditions, 'Accepted')
  assert.deepEqual(
    [status, reason, message],
    ['False', 'X', 'spec.timeouts.request: too long; spec.timeouts.request: expected a duration'],
  )
  assert.deepEqual(
    [find(conditions, 'Programmed').status, find(conditions, 'Programmed').reason],
    ['False', 'NotAccepted'],
  )
})

test('warnings are told, and refuse nothing', () => {
  const accepted = find(
    conditionsOf({ generation: 1, problems: [problem('warning', 'too long')] }, [], NOW),
    'Accepted',
  )
  assert.deepEqual([accepted.status, accepted.message], ['True', 'spec.timeouts.request: too long'])
})

test('the time of a condition is that of its last change, whatever else changes', () => {
  const first = conditionsOf({ generation: 1, problems: [] }, [], THEN)
  const later = conditionsOf({ generation: 2, problems: [problem('warning', 'w')] }, first, NOW)
  assert.deepEqual(
    later.map((each) => each.lastTransitionTime),
    [THEN, THEN],
  )
  assert.deepEqual(
    later.map((each) => each.observedGeneration),
    [2, 2],
  )
  assert.equal(areThere(later, first), false)
  const refused = conditionsOf({ generation: 2, problems: [problem('error', 'e')] }, later, NOW)
  assert.deepEqual(
    refused.map((each) => each.lastTransitionTime),
    [NOW, NOW],
  )
})

test('what stands there already is the same, in whatever order', () => {
  const finding = { generation: 1, problems: [] }
  const there = conditionsOf(finding, [], THEN)
  assert.equal(areThere(conditionsOf(finding, there, NOW), [FOREIGN, ...there.toReversed()]), true)
})

test('conditions of others are theirs to write', () => {
  const conditions = conditionsOf({ generation: 1, problems: [] }, [FOREIGN], NOW)
  assert.deepEqual(
    conditions.map(({ type }) => type),
    ['Accepted', 'Programmed'],
  )
  assert.deepEqual(
    unprogrammed([FOREIGN, ...conditions], NOW).map(({ type, status }) => `${type} ${status}`),
    ['Accepted True', 'Programmed False'],
  )
})

test('many problems are told in part, and it is said how many there are', () => {
  const problems = Array.from({ length: 25 }, (_, i) => problem('error', `${i}`, `spec.rules[${i}]`))
  const { message } = find(conditionsOf({ generation: 1, problems }, [], NOW), 'Accepted')
  assert.match(message!, /^spec\.rules\[0\]: 0; .*spec\.rules\[9\]: 9; and 15 more$/)
})

test('a status that cannot be read has no conditions', () => {
  for (const status of [undefined, null, 'x', {}, { conditions: 'x' }, { conditions: [{ type: 5 }, null] }]) {
    assert.deepEqual(conditionsOfStatus(status), [])
  }
  assert.deepEqual(conditionsOfStatus({ conditions: [FOREIGN] }), [FOREIGN])
})
