import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Complaint, Place } from '../shape.ts'
import { checked } from './checked.ts'
import { object, optional } from './object.ts'
import { integer } from './scalars.ts'

const RANGE = checked(object({ from: optional(integer(0, 9), 'Start.'), to: optional(integer(0, 9), 'End.') }), {
  rule: '!has(self.from) || !has(self.to) || self.from <= self.to',
  message: 'expected from to be at most to',
  holds: ({ from, to }) => from === undefined || to === undefined || from <= to,
})

function read(value: unknown) {
  const complaints: Complaint[] = []
  return { value: RANGE.read(value, new Place('spec.range', complaints)), complaints }
}

test('a value that keeps to it comes through, another one is told what was expected', () => {
  assert.deepEqual(read({ from: 1, to: 2 }), { value: { from: 1, to: 2 }, complaints: [] })
  assert.deepEqual(read({ from: 3, to: 2 }), {
    value: undefined,
    complaints: [{ field: 'spec.range', message: 'expected from to be at most to' }],
  })
})

test('what has no form is complained of once, for its form', () => {
  assert.deepEqual(
    read({ from: 'x', to: 2 }).complaints.map(({ field }) => field),
    ['spec.range.from'],
  )
})

test('the API server is told the same', () => {
  const [rule] = RANGE.openApi['x-kubernetes-validations'] ?? []
  assert.equal(rule?.message, 'expected from to be at most to')
})
