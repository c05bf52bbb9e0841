import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { seededRandom } from '../../lib/random.ts'
import { PRIORITIES, type Priority } from '../../model/route.ts'
import type { OverloadSpec } from '../../model/settings.ts'
import { Overload } from './overload.ts'

const SEED = 3

function setUp(spec: Partial<OverloadSpec> = {}) {
  const state = { now: 0, memory: 0 }
  // An event loop that is late when the test says so.
  const clock = { now: () => state.now, every: () => () => {} } as unknown as Clock
  const overload = new Overload({
    ...{ clock, random: seededRandom(SEED), memory: () => state.memory },
    spec: () => ({ delayMs: 100, memoryPercent: 95, ...spec }),
  })
  /** Looks once a delay, in turns. */
  const look = (seconds: number, ...delays: readonly number[]) => {
    const end = state.now + seconds * 1_000
    for (let n = 0; state.now < end; n++) {
      state.now += 100 + delays[n % delays.length]!
      overload.tick()
    }
  }
  const shed = (priority: Priority) => {
    const asked = 1_000
    let n = 0
    for (let i = 0; i < asked; i++) if (overload.sheds(priority)) n++
    return n / asked
  }
  return { overload, look, shed, state }
}

test('nothing is shed by a worker that is on time', () => {
  const { overload, look, shed } = setUp()
  look(60, 0, 20, 90)
  assert.equal(overload.severity, 0)
  assert.deepEqual(PRIORITIES.map(shed), [0, 0, 0])
})

test('a worker that is late now and then is not overloaded', () => {
  const { overload, look } = setUp()
  look(60, 0, 400, 400, 400)
  assert.equal(overload.severity, 0)
})

test(`the longer it lasts the more is shed, the lowest priority first, and the highest never (seed ${SEED})`, () => {
  const { look, shed } = setUp()
  look(4, 150)
  const [low, normal] = [shed('low'), shed('normal')]
  assert.ok(low > 0.3 && low < 0.9, `${low}`)
  assert.equal(normal, 0)
  look(6, 150)
  assert.equal(shed('low'), 1)
  assert.ok(shed('normal') > 0.3, 'then of the next one')
  look(60, 150)
  assert.deepEqual(PRIORITIES.map(shed), [1, 1, 0])
})

test('when it is over everybody is served again, after a while', () => {
  const { overload, look } = setUp()
  look(60, 150)
  look(3, 0)
  assert.ok(overload.severity > 0)
  look(10, 0)
  assert.equal(overload.severity, 0)
})

test('where memory is nearly used up low priority is shed, and half of normal at most', () => {
  const { overload, look, state } = setUp()
  state.memory = 0.96
  look(60, 0)
  assert.equal(overload.severity, 1.5)
  state.memory = 0.9
  look(60, 0)
  assert.equal(overload.severity, 0)
})

test('what is switched off sheds nothing', () => {
  const { overload, look, state } = setUp({ delayMs: 0, memoryPercent: 0 })
  state.memory = 1
  look(60, 1_000)
  assert.equal(overload.severity, 0)
})

test('what was shed is counted by priority', () => {
  const { overload, look } = setUp()
  look(60, 150)
  for (let n = 0; n < 3; n++) overload.sheds('low')
  overload.sheds('high')
  assert.deepEqual([...overload.samples()], [['sluice_requests_shed', ['low'], 3]])
})
