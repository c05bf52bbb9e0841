import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../lib/random.ts'
import { ServerClock } from './server-clock.ts'

const NOW = Date.UTC(2026, 0, 1)
const SEED = 4
/** As a server writes the time: whole seconds, cut off. */
const dateOf = (time: number) => new Date(time).toUTCString()

/** Answers over some seconds, from a server whose clock is ahead by that much. */
function ask(clock: ServerClock, aheadMs: number, from = NOW, random = seededRandom(SEED)): void {
  for (let n = 0; n < 50; n++) {
    const sentAt = from + n * 777
    const thereAt = sentAt + random() * 40
    clock.note(dateOf(thereAt + aheadMs), sentAt, thereAt + random() * 40)
  }
}

for (const aheadMs of [0, 350, 90_000, -3_600_250]) {
  test(`a clock that is ${aheadMs} ms ahead is known to some hundredths of a second (seed ${SEED})`, () => {
    const clock = new ServerClock()
    ask(clock, aheadMs)
    assert.ok(Math.abs(clock.offsetMs - aheadMs) < 80, `${clock.offsetMs}`)
  })
}

test('a clock that is set is believed from then on', () => {
  const clock = new ServerClock()
  ask(clock, 0)
  ask(clock, 30_000, NOW + 60_000)
  assert.ok(Math.abs(clock.offsetMs - 30_000) < 80, `${clock.offsetMs}`)
})

test('nothing, and what is no date, says nothing', () => {
  const clock = new ServerClock()
  clock.note(undefined, NOW, NOW)
  clock.note('yesterday', NOW, NOW)
  assert.equal(clock.offsetMs, 0)
  clock.note(dateOf(NOW + 5_000), NOW, NOW - 60_000)
  assert.equal(clock.offsetMs, 0, 'our own clock was set meanwhile')
})
