import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../lib/clock.ts'
import { FakeClock } from '../lib/clock.ts'
import { DateText } from './date.ts'

/** The example of RFC 9110 section 5.6.7. */
const EPOCH = Date.UTC(1994, 10, 6, 8, 49, 37)

test('the form is IMF-fixdate', () => {
  assert.equal(new DateText(new FakeClock(EPOCH)).get(), 'Sun, 06 Nov 1994 08:49:37 GMT')
})

test('it is right at every moment', () => {
  const clock = new FakeClock(EPOCH + 998)
  const date = new DateText(clock)
  const texts = [0, 1, 1, 1, 998, 1].map((ms) => {
    clock.advance(ms)
    return date.get().slice(17, 25)
  })
  assert.deepEqual(texts, ['08:49:37', '08:49:37', '08:49:38', '08:49:38', '08:49:38', '08:49:39'])
})

test('it is formatted once a second', () => {
  const clock = new FakeClock(EPOCH)
  const date = new DateText(clock)
  const first = date.get()
  clock.advance(999)
  assert.equal(date.get(), first)
})

test('a wall clock that is set back is followed', () => {
  let wall = EPOCH
  const date = new DateText({ wall: () => wall } as Clock)
  date.get()
  wall -= 3_600_000
  assert.equal(date.get(), 'Sun, 06 Nov 1994 07:49:37 GMT')
})
