import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClosedStreams } from './closed-streams.ts'

test('how the last streams ended is known, of older ones nothing', () => {
  const closed = new ClosedStreams()
  closed.add(1, true)
  closed.add(3, false)
  assert.deepEqual(
    [1, 3, 5].map((id) => closed.endingOf(id)),
    ['reset-here', 'ended', 'forgotten'],
  )
  for (let id = 5; id < 5 + 2 * 255; id += 2) closed.add(id, false)
  assert.deepEqual(
    [1, 3, 5].map((id) => closed.endingOf(id)),
    ['forgotten', 'ended', 'ended'],
  )
})
