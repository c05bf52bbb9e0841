import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Course, nextCourse, renewed, UNCHECKED } from './course.ts'

const THRESHOLDS = { healthyThreshold: 2, unhealthyThreshold: 3 }

/** Health after each answer: `+` good, `-` bad. */
function course(answers: string, from: Course = UNCHECKED): string {
  let now = from
  return [...answers]
    .map((answer) => {
      now = nextCourse(now, answer === '+', THRESHOLDS)
      return { unchecked: '?', healthy: 'h', unhealthy: 'u' }[now.health]
    })
    .join('')
}

test('the first good answer makes it healthy; bad ones have to be as many as the threshold says', () => {
  assert.equal(course('+'), 'h')
  assert.equal(course('---'), '??u')
  assert.equal(course('--+'), '??h')
})

test('only answers in a row count, in both directions', () => {
  assert.equal(course('+--+---'), 'hhhhhhu')
  assert.equal(course('---+-++'), '??uuuuh')
})

test('asked another question, an unhealthy one is healthy with the first good answer, and stays out until then', () => {
  assert.equal(course('+', renewed(true, THRESHOLDS)), 'h')
  assert.equal(course('-+', renewed(true, THRESHOLDS)), 'uu')
  assert.equal(course('+', renewed(false, THRESHOLDS)), 'h')
})
