import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClosedStreams } from './closed-streams.ts'

test('how the last streams ended is known, of older ones nothing', () => {
  const closed = new ClosedStreams()
  const endings = (ids: readonly number[], last: number): string[] => ids.map((id) => closed.endingOf(id, last))
  closed.reset(1)
  assert.deepEqual(endings([1, 3], 3), ['reset-here', 'ended'])
  assert.deepEqual(endings([1, 3, 5], 513), ['reset-here', 'ended', 'ended'])
  assert.deepEqual(endings([3, 5], 515), ['forgotten', 'ended'])
  for (let id = 3; id < 3 + 2 * 256; id += 2) closed.reset(id)
  assert.deepEqual(endings([1, 3, 513], 513), ['forgotten', 'reset-here', 'reset-here'])
})

test('numbers that were passed over were never used', () => {
  const closed = new ClosedStreams()
  closed.skipped(1, 7)
  closed.skipped(9, 13)
  const endings = [1, 3, 5, 7, 9, 11, 13].map((id) => closed.endingOf(id, 13))
  assert.deepEqual(endings, ['ended', 'forgotten', 'forgotten', 'ended', 'ended', 'forgotten', 'ended'])
  for (let id = 15; id < 15 + 16 * 4; id += 4) closed.skipped(id, id + 4)
  assert.deepEqual([closed.endingOf(3, 79), closed.endingOf(17, 79)], ['ended', 'forgotten'])
})
