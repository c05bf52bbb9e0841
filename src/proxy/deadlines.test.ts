import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import { seededRandom } from '../lib/random.ts'
import { Deadlines, type Timed } from './deadlines.ts'

const TICK_MS = 100

function setUp(startedAt = 0) {
  const clock = new FakeClock()
  clock.advance(startedAt)
  const deadlines = new Deadlines(clock)
  /** When each item struck. */
  const struck: [name: string, at: number][] = []
  const add = (name: string, ms: number, onDeadline = () => {}): Timed => {
    const item: Timed = {
      slot: -1,
      deadline: deadlines.in(ms),
      onDeadline() {
        struck.push([name, clock.now()])
        onDeadline()
      },
    }
    deadlines.add(item)
    return item
  }
  return { clock, deadlines, struck, add }
}

test('a deadline strikes once, never early and at most two ticks late', () => {
  for (const ms of [1, 50, 99, 100, 101, 1000, 12_345]) {
    for (const [startedAt, offset] of [
      [0, 0],
      [0, 30],
      [0, 99.9],
      [0.4, 0.1],
      [0.9, 99.9],
    ] as const) {
      const { clock, struck, add } = setUp(startedAt)
      clock.advance(offset)
      const from = clock.now()
      add('a', ms)
      clock.advance(ms + 10 * TICK_MS)
      assert.equal(struck.length, 1)
      const took = struck[0]![1] - from
      assert.ok(took >= ms && took <= ms + 2 * TICK_MS, `${ms} ms took ${took} ms`)
    }
  }
})

test('time in which the event loop stood still counts against nobody', () => {
  let now = 0
  let tick = () => {}
  const still = {
    now: () => now,
    wall: () => now,
    after: () => () => {},
    every: (_: number, run: () => void) => {
      tick = run
      return () => {}
    },
  }
  const deadlines = new Deadlines(still)
  let struckAt = -1
  now = 5000
  // The last tick was at 0: five seconds of this deadline would be gone before it is set.
  const item: Timed = {
    slot: -1,
    deadline: deadlines.in(1000),
    onDeadline: () => {
      struckAt = now
    },
  }
  deadlines.add(item)
  for (; struckAt < 0 && now < 20_000; now += TICK_MS) tick()
  assert.ok(struckAt >= 6000 && struckAt <= 6000 + 2 * TICK_MS, `it struck at ${struckAt}`)
})

test('0 is no deadline', () => {
  const { clock, deadlines, struck, add } = setUp()
  assert.equal(deadlines.in(0), 0)
  add('a', 0)
  clock.advance(1_000_000)
  assert.deepEqual(struck, [])
})

test('a deadline that is put off strikes at its new time only', () => {
  const { clock, deadlines, struck, add } = setUp()
  const item = add('a', 500)
  clock.advance(400)
  item.deadline = deadlines.in(500)
  clock.advance(400)
  assert.deepEqual(struck, [])
  clock.advance(400)
  assert.equal(struck.length, 1)
})

test('an item that is removed never strikes, and may be removed twice', () => {
  const { clock, deadlines, struck, add } = setUp()
  const [a, b] = [add('a', 100), add('b', 100)]
  deadlines.remove(a)
  deadlines.remove(a)
  clock.advance(1000)
  assert.deepEqual(
    struck.map(([name]) => name),
    ['b'],
  )
  deadlines.remove(b)
})

test('items may remove themselves and each other while they strike', () => {
  const { clock, deadlines, struck, add } = setUp()
  const items: Timed[] = []
  for (const name of 'abcdef') {
    items.push(
      add(name, 100, () => {
        for (const item of items) deadlines.remove(item)
      }),
    )
  }
  clock.advance(1000)
  assert.equal(struck.length, 1)
  assert.ok(items.every(({ slot }) => slot === -1))
})

test('items may be added while others strike', () => {
  const { clock, struck, add } = setUp()
  add('a', 100, () => void add('b', 100))
  clock.advance(1000)
  assert.deepEqual(
    struck.map(([name]) => name),
    ['a', 'b'],
  )
})

test('nothing strikes after the stop', () => {
  const { clock, deadlines, struck, add } = setUp()
  add('a', 100)
  deadlines.stop()
  clock.advance(1000)
  assert.deepEqual(struck, [])
})

const SEED = 99

test(`any order of adding, removing and putting off keeps every deadline (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  const { clock, deadlines } = setUp()
  const due = new Map<Timed, number>()
  const early: number[] = []
  for (let step = 0; step < 5000; step++) {
    const anyMs = () => 1 + Math.floor(random() * 2000)
    const first = anyMs()
    const item: Timed = {
      slot: -1,
      deadline: deadlines.in(first),
      onDeadline() {
        if (clock.now() < due.get(item)!) early.push(step)
        due.delete(item)
        deadlines.remove(item)
      },
    }
    due.set(item, clock.now() + first)
    deadlines.add(item)
    const others = [...due.keys()]
    const other = others[Math.floor(random() * others.length)]!
    const chance = random()
    if (chance < 0.3) {
      deadlines.remove(other)
      due.delete(other)
    } else if (chance < 0.6) {
      const ms = anyMs()
      other.deadline = deadlines.in(ms)
      due.set(other, clock.now() + ms)
    }
    clock.advance(random() * 20)
  }
  assert.deepEqual(early, [])
  clock.advance(3000)
  assert.equal(due.size, 0)
})
