import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryPause } from './retry-pause.ts'

const REFUSED = 'connect-refused'
const TIMED_OUT = 'connect-timeout'
const RESET = 'upstream-reset-before-response'

for (const [what, facts, pauses] of [
  ['another endpoint after a refusal', { attempts: 1, fault: REFUSED, elsewhere: true }, false],
  ['another endpoint after an answer that is retried', { attempts: 1, fault: undefined, elsewhere: true }, false],
  ['the only endpoint, whose idle connection had ended', { attempts: 1, fault: RESET, elsewhere: false }, false],
  ['the only endpoint, which takes no connections', { attempts: 1, fault: REFUSED, elsewhere: false }, true],
  ['another endpoint after many refusals', { attempts: 5, fault: REFUSED, elsewhere: true }, false],
  ['the third attempt, wherever it goes', { attempts: 2, fault: TIMED_OUT, elsewhere: true }, true],
] as const) {
  test(`${what}: ${pauses ? 'after a pause' : 'at once'}`, () => {
    assert.equal(retryPause(facts, () => 0) > 0, pauses)
  })
}

test('pauses grow, are spread by chance, and end at a quarter of a second', () => {
  const pause = (attempts: number, chance: number) =>
    retryPause({ attempts, fault: REFUSED, elsewhere: false }, () => chance)
  assert.deepEqual([pause(1, 0), pause(1, 1), pause(2, 1), pause(3, 1)], [12.5, 25, 50, 100])
  assert.equal(pause(10, 1), 250)
})
