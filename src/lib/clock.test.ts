import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SystemClock } from './clock.ts'

test('what is years away does not come at once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const clock = new SystemClock()
  let runs = 0
  clock.after(2 ** 40, () => runs++)
  t.mock.timers.tick(2 ** 31 - 2)
  assert.equal(runs, 0)
  t.mock.timers.tick(1)
  assert.equal(runs, 1, 'within what timers can be set for')
})
