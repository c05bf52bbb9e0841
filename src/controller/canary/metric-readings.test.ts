import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MetricReadings, type MetricSpec } from './metric-readings.ts'
import type { Answer } from './prometheus.ts'

const SPEC: MetricSpec = {
  name: 'orders',
  question: { address: 'http://p', query: 'up', timeoutMs: 1_000 },
  max: 0.5,
  min: undefined,
  intervalMs: 10_000,
  failures: 2,
  unavailable: 'Hold',
}

function setUp(...specs: readonly Partial<MetricSpec>[]) {
  const all = specs.map((spec) => ({ ...SPEC, ...spec }))
  const waiting: ((answer: Answer) => void)[] = []
  const readings = new MetricReadings(() => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    waiting.push(resolve)
    return promise
  })
  let now = 0
  /** Asks, and has all questions answered so. */
  const answer = async (...answers: readonly Answer[]) => {
    readings.ask(all, now)
    now += 10_000
    for (const each of answers) waiting.shift()!(each)
    await Promise.resolve()
    return readings.finding
  }
  return { readings, waiting, answer, all }
}

const value = (of: number): Answer => ({ value: of })
const GONE: Answer = { fault: 'no answer' }

test('it is asked at its interval, and not while a question is under way', () => {
  const { readings, waiting, all } = setUp({})
  readings.ask(all, 0)
  readings.ask(all, 60_000)
  assert.equal(waiting.length, 1)
})

test('between two questions there is an interval', async () => {
  const { readings, waiting, answer, all } = setUp({})
  await answer(value(0))
  readings.ask(all, 9_999)
  assert.equal(waiting.length, 0)
  readings.ask(all, 10_000)
  assert.equal(waiting.length, 1)
})

test('what is well holds nothing up', async () => {
  const { answer } = setUp({}, { name: 'stock', max: undefined, min: 3 })
  const { against, hold, told } = await answer(value(0.5), value(3))
  assert.deepEqual([against, hold], [undefined, undefined])
  assert.deepEqual(
    told.map(({ name, state, message }) => `${name} ${state} ${message}`),
    ['orders Ok 0.5', 'stock Ok 3'],
  )
})

test('what is beyond its limit holds the rollout, and so many times in a row take it back', async () => {
  for (const [limits, bad, words] of [
    [{}, 0.6, '0.6, more than 0.5'],
    [{ max: undefined, min: 0.9 }, 0.6, '0.6, less than 0.9'],
  ] as const) {
    const { answer } = setUp(limits)
    const once = await answer(value(bad))
    assert.deepEqual(once.against, undefined)
    assert.deepEqual(once.hold, { verdict: 'MetricBeyond', message: `metric orders: ${words}` })
    assert.equal((await answer(value(bad))).against, `metric orders: ${words}, 2 times in a row`)
  }
})

test('a good answer between two bad ones forgives', async () => {
  const { answer } = setUp({})
  for (const each of [1, 0, 1, 0, 1]) assert.equal((await answer(value(each))).against, undefined)
})

test('no answer forgives nothing, and takes nothing back', async () => {
  const { answer } = setUp({})
  await answer(value(1))
  for (let n = 0; n < 10; n++) {
    const { against, hold, told } = await answer(GONE)
    assert.deepEqual(
      [against, hold],
      [undefined, { verdict: 'MetricUnavailable', message: 'metric orders: no answer' }],
    )
    assert.equal(told[0]?.state, 'Unavailable')
  }
  assert.match((await answer(value(1))).against ?? '', /2 times in a row/)
})

test('where the policy says so no answer holds nothing up, or takes the canary back', async () => {
  const ignored = setUp({ unavailable: 'Ignore' })
  const { against, hold, told } = await ignored.answer(GONE)
  assert.deepEqual([against, hold, told[0]?.state], [undefined, undefined, 'Unavailable'])
  const strict = setUp({ unavailable: 'RollBack' })
  assert.equal((await strict.answer(GONE)).against, undefined)
  assert.equal((await strict.answer(GONE)).against, 'metric orders: unavailable, 2 times in a row: no answer')
})

test('a step ends only when it was asked in it; an answer to an earlier question is none', async () => {
  const { readings, waiting, answer, all } = setUp({})
  assert.equal((await answer()).hold?.message, 'metric orders: not answered in this step yet')
  readings.begin()
  waiting.shift()!(value(0))
  await Promise.resolve()
  assert.equal(readings.finding.told[0]?.state, 'Pending')
  readings.ask(all, 1)
  assert.equal(waiting.length, 1, 'it is asked at once')
  waiting.shift()!(value(0))
  await Promise.resolve()
  assert.equal(readings.finding.hold, undefined)
})

test('a metric that is changed is another one, one that goes is forgotten', async () => {
  const { readings, answer } = setUp({})
  await answer(value(1))
  readings.ask([{ ...SPEC, max: 2 }], 1)
  assert.equal(readings.finding.told[0]?.state, 'Pending')
  readings.ask([], 2)
  assert.deepEqual(readings.finding, { against: undefined, hold: undefined, told: [] })
})
