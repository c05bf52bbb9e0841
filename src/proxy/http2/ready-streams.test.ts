import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadyStreams } from './ready-streams.ts'
import { Stream } from './stream.ts'

const stream = (id: number, urgency: number, incremental = false, window = 10): Stream => {
  const one = new Stream(id, window, 0)
  one.priority = { urgency, incremental }
  return one
}

/** Lets streams take one unit each time they are resumed; they wait again until their window is used up. */
function order(room: number, ...streams: readonly Stream[]): number[] {
  const ready = new ReadyStreams()
  for (const each of streams) ready.add(each)
  const resumed: number[] = []
  const resume = (each: Stream): void => {
    resumed.push(each.id)
    room--
    each.sendWindow--
    if (each.sendWindow > 0) ready.add(each)
  }
  ready.run(() => room > 0, resume)
  return resumed
}

test('the most urgent first', () => {
  assert.deepEqual(order(9, stream(1, 7), stream(3, 0), stream(5, 3)), [3, 5, 1])
})

test('those without a window of their own are passed by, and keep their place', () => {
  assert.deepEqual(order(9, stream(1, 3, false, 0), stream(3, 3)), [3])
})

test('incremental ones in turns, until nothing is left', () => {
  assert.deepEqual(order(9, stream(1, 3, true, 2), stream(3, 3, true, 3)), [1, 3, 1, 3, 3])
})

test('room that is used up ends it', () => {
  assert.deepEqual(order(3, stream(1, 3, true), stream(3, 3, true)), [1, 3, 1])
})

test('others of the same urgency are seen, oneself is not', () => {
  const ready = new ReadyStreams()
  const [one, two] = [stream(1, 3), stream(3, 3)]
  ready.add(one)
  assert.deepEqual([ready.hasOthers(one), ready.hasOthers(two)], [false, true])
  ready.delete(one)
  ready.delete(one)
  assert.deepEqual([ready.count, one.blocked], [0, false])
})
