import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import { seededRandom } from '../lib/random.ts'
import { Departure } from './departure.ts'
import type { Parting } from './sides.ts'

const GRACE_MS = 30_000
const SPREAD_MS = 24_000
const LAST_MS = 28_500

/** Notes when it was asked, and answers as told. */
class Stream {
  readonly asked: (readonly [at: number, last: boolean])[] = []
  readonly #clock: FakeClock
  answer: Parting

  constructor(clock: FakeClock, answer: Parting) {
    this.#clock = clock
    this.answer = answer
  }

  leave(last: boolean): Parting {
    this.asked.push([this.#clock.now(), last])
    return this.answer
  }
}

function begin({ graceMs = GRACE_MS, seed = 1 } = {}) {
  const clock = new FakeClock()
  const departure = new Departure({ clock, random: seededRandom(seed), graceMs })
  const add = (answer: Parting): Stream => {
    const stream = new Stream(clock, answer)
    departure.add(stream)
    return stream
  }
  return { clock, departure, add }
}

test('streams are asked once each, evenly over four fifths of the time', () => {
  const { clock, add } = begin()
  const streams = Array.from({ length: 2400 }, () => add('gone'))
  clock.advance(GRACE_MS)
  const times = streams.map(({ asked }) => {
    assert.equal(asked.length, 1)
    return asked[0]![0]
  })
  for (let at = 0; at < SPREAD_MS; at += 1_000) {
    const within = times.filter((time) => time >= at && time < at + 1_000).length
    assert.ok(within > 60 && within < 145, `${within} of 100 or so from ${at} ms on`)
  }
  assert.ok(Math.max(...times) <= SPREAD_MS)
})

test('a stream that has to come to a point first is asked a last time soon after', () => {
  const { clock, add } = begin()
  const stream = add('soon')
  clock.advance(GRACE_MS)
  const [first, second] = stream.asked
  assert.deepEqual([first![1], second![1], second![0] - first![0]], [false, true, 2_000])
  assert.equal(stream.asked.length, 2)
})

test('what is no long stream yet is asked again, the last time near the end, and then left alone', () => {
  const { clock, add } = begin()
  const stream = add('later')
  clock.advance(GRACE_MS * 2)
  const [at, last] = stream.asked.at(-1)!
  assert.equal(last, true)
  assert.ok(at >= SPREAD_MS - 200 && at <= LAST_MS, `${at}`)
  assert.equal(stream.asked.filter(([, each]) => each).length, 1)
})

test('what turns out to be a long stream still leaves within the spread', () => {
  const { clock, add } = begin()
  const streams = Array.from({ length: 50 }, () => add('later'))
  clock.advance(10_000)
  for (const stream of streams) stream.answer = 'gone'
  clock.advance(GRACE_MS)
  for (const { asked } of streams) assert.ok(asked.at(-1)![0] <= SPREAD_MS)
})

test('one that begins late has what is left', () => {
  const { clock, add } = begin()
  clock.advance(20_000)
  const streams = Array.from({ length: 50 }, () => add('gone'))
  clock.advance(20_000)
  for (const { asked } of streams) assert.ok(asked[0]![0] >= 20_000 && asked[0]![0] <= SPREAD_MS)
})

test('without any time everybody is asked at once', () => {
  const { clock, add } = begin({ graceMs: 0 })
  const stream = add('gone')
  clock.advance(0)
  assert.deepEqual(stream.asked, [[0, true]])
})

test('who is over by itself is not asked, and nobody is after it was called off', () => {
  const { clock, departure, add } = begin()
  const [over, other] = [add('gone'), add('gone')]
  departure.remove(over)
  departure.cancel()
  clock.advance(GRACE_MS)
  assert.deepEqual([over.asked, other.asked], [[], []])
})
