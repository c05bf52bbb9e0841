import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FitnessSpec, fitness, type Standing } from './fitness.ts'

const NOW = 1_000_000
const OLD = Number.NEGATIVE_INFINITY
const SLOW = { windowMs: 30_000, aggression: 1, minWeightPercent: 10 }
const SPEC: FitnessSpec = {
  ...{ slowStart: undefined, returnMs: 10_000, panicPercent: 50, prefersNear: true, nearLoad: 0 },
}

interface Given extends Partial<Omit<Standing, 'spec'>> {
  readonly weight?: number
  readonly state?: 'ready' | 'draining'
  readonly near?: 'node' | 'zone'
}

function standings(given: readonly Given[]) {
  return given.map(
    (
      {
        weight = 1,
        state = 'ready',
        readyAt = OLD,
        ejectedUntil = 0,
        isUnhealthy = false,
        inFlight = 0,
        share = 1,
        near,
      },
      number,
    ) => {
      return {
        number,
        spec: { weight, state, ...(near && { near }) },
        readyAt,
        ejectedUntil,
        isUnhealthy,
        inFlight,
        share,
      }
    },
  )
}

/** Shares by number of the endpoint, rounded to a percent of a weight; those that get nothing are left out. */
function judge(given: readonly Given[], spec: Partial<FitnessSpec> = {}, now = NOW) {
  const all = standings(given)
  const { candidates, validUntil } = fitness(all, { ...SPEC, ...spec }, now)
  const weights = Object.fromEntries(candidates.map(({ endpoint, weight }) => [endpoint.number, round(weight)]))
  return { weights, validUntil }
}

const round = (weight: number): number => Math.round(weight * 100) / 100

test('those who are farther than the candidates are fit all the same, and known', () => {
  const far = (given: readonly Given[], spec: Partial<FitnessSpec> = {}) => {
    const { farther } = fitness(standings(given), { ...SPEC, ...spec }, NOW)
    return farther.map(({ endpoint }) => endpoint.number)
  }
  assert.deepEqual(far([{ near: 'zone' }, {}, { ejectedUntil: NOW + 1 }, {}]), [1, 3])
  assert.deepEqual(far([{ near: 'zone' }, {}], { prefersNear: false }), [])
  assert.deepEqual(far([{}, {}]), [])
})

test('those that are ready get their weight, and nothing changes by itself', () => {
  assert.deepEqual(judge([{}, { weight: 3 }, { weight: 0 }]), { weights: { 0: 1, 1: 3 }, validUntil: Infinity })
})

test('those that drain get nothing, unless nobody is ready', () => {
  assert.deepEqual(judge([{ state: 'draining' }, {}]).weights, { 1: 1 })
  assert.deepEqual(judge([{ state: 'draining' }, { weight: 0 }]).weights, { 0: 1 })
  assert.deepEqual(judge([]).weights, {})
})

test('an unhealthy one gets nothing until it is healthy; too many of them, and all are used', () => {
  assert.deepEqual(judge([{}, {}, { isUnhealthy: true }]), { weights: { 0: 1, 1: 1 }, validUntil: Infinity })
  const most = [{}, { isUnhealthy: true }, { isUnhealthy: true }]
  assert.deepEqual(judge(most).weights, { 0: 1, 1: 1, 2: 1 })
  assert.deepEqual(judge(most, { panicPercent: 100 }).weights, { 0: 1 })
  assert.deepEqual(judge([{}, { isUnhealthy: true }, { ejectedUntil: NOW + 1 }]).weights, { 0: 1, 1: 1, 2: 1 })
})

test('a lone endpoint is used, unhealthy or not, and so are all where none is healthy', () => {
  assert.deepEqual(judge([{ isUnhealthy: true }], { panicPercent: 100 }).weights, { 0: 1 })
  assert.deepEqual(judge([{ isUnhealthy: true }, { isUnhealthy: true }], { panicPercent: 100 }).weights, { 0: 1, 1: 1 })
})

test('an ejected one gets nothing until its time is over', () => {
  const given = [{}, {}, { ejectedUntil: NOW + 5_000 }]
  assert.deepEqual(judge(given), { weights: { 0: 1, 1: 1 }, validUntil: NOW + 5_000 })
  assert.ok(2 in judge(given, {}, NOW + 5_000).weights)
})

test('one that comes back gets its share back gradually, and then in full', () => {
  const at = (now: number) => judge([{}, { ejectedUntil: NOW }], {}, now).weights[1]
  assert.deepEqual([at(NOW), at(NOW + 2_500), at(NOW + 9_000), at(NOW + 10_000)], [0.1, 0.25, 0.9, 1])
})

test('the curve of slow start is also that of those who come back, in the time that they have for it', () => {
  const slowStart = { ...SLOW, aggression: 2, minWeightPercent: 20 }
  const at = (now: number) => judge([{}, { ejectedUntil: NOW }], { slowStart }, now).weights[1]
  assert.deepEqual([at(NOW), at(NOW + 2_500), at(NOW + 10_000)], [0.2, 0.5, 1])
})

test('the share of a new endpoint grows to its weight within the window', () => {
  const at = (age: number) => judge([{ weight: 2 }, { weight: 2, readyAt: NOW - age }], { slowStart: SLOW }).weights[1]
  assert.deepEqual([at(0), at(3_000), at(6_000), at(15_000), at(29_700), at(30_000)], [0.2, 0.2, 0.4, 1, 1.98, 2])
})

test('aggression gives more in the beginning, and the least share is what is asked for', () => {
  const at = (age: number, more: object) =>
    judge([{}, { readyAt: NOW - age }], { slowStart: { ...SLOW, ...more } }).weights[1]
  assert.equal(at(7_500, { aggression: 2 }), 0.5)
  assert.equal(at(7_500, { aggression: 0.5 }), 0.1)
  assert.equal(at(0, { minWeightPercent: 40 }), 0.4)
})

test('without slow start a new endpoint gets its full share at once', () => {
  assert.deepEqual(judge([{}, { readyAt: NOW }]), { weights: { 0: 1, 1: 1 }, validUntil: Infinity })
})

test('where everybody is young nobody starts slowly', () => {
  const young = [{ readyAt: NOW - 20_000 }, { readyAt: NOW - 1_000 }]
  assert.deepEqual(judge(young, { slowStart: SLOW }).weights, { 0: 1, 1: 1 })
  // The first of them is old enough ten seconds later: that has to be noticed.
  assert.ok(judge(young, { slowStart: SLOW }).validUntil < NOW + 10_000)
  assert.deepEqual(judge(young, { slowStart: SLOW }, NOW + 10_000).weights, { 0: 1, 1: 0.37 })
})

test('no endpoint carries more than twice its part because most of the others are young', () => {
  const last = (young: number, age: number) => {
    const given = [{}, ...Array.from({ length: young }, () => ({ readyAt: NOW - age }))]
    const { candidates } = fitness(standings(given), { ...SPEC, slowStart: SLOW }, NOW)
    const all = candidates.reduce((sum, { weight }) => sum + weight, 0)
    return round((candidates[0]!.weight / all) * (young + 1))
  }
  assert.deepEqual([last(9, 0), last(9, 6_000), last(2, 0), last(99, 0)], [2, 2, 2, 2])
  // As the curve has it, where that is less.
  assert.deepEqual([last(9, 15_000), last(1, 0), last(9, 29_999)], [1.82, 1.82, 1])
  // Those that are young by different ages keep their order.
  const given = [{}, ...[0, 6_000, 12_000, 0, 0].map((age) => ({ readyAt: NOW - age }))]
  assert.deepEqual(judge(given, { slowStart: SLOW }).weights, { 0: 1, 1: 0.22, 2: 0.44, 3: 0.89, 4: 0.22, 5: 0.22 })
})

test('an endpoint that is said to be ready later than now is as young as can be', () => {
  assert.deepEqual(judge([{}, { readyAt: NOW + 5_000 }], { slowStart: SLOW }).weights, { 0: 1, 1: 0.1 })
})

test('steps follow the curve within a twentieth, and the last one ends with the window', () => {
  let now = NOW
  let steps = 0
  for (; now < NOW + 30_000; steps++) {
    const { weights, validUntil } = judge([{}, { readyAt: NOW }], { slowStart: SLOW }, now)
    const late = Math.max(0.1, (validUntil - NOW) / 30_000)
    assert.ok(validUntil > now && late / weights[1]! <= 1.06 + 0.005 / weights[1]!, `${now - NOW}: ${late}`)
    now = validUntil
  }
  assert.equal(now, NOW + 30_000)
  assert.ok(steps < 100, `${steps} steps`)
})

test('where more than half of them are ejected the fault is not theirs, and all are used', () => {
  const ejected = { ejectedUntil: NOW + 7_000 }
  assert.deepEqual(judge([{}, ejected]).weights, { 0: 1 })
  assert.deepEqual(judge([{}, ejected, ejected]), { weights: { 0: 1, 1: 1, 2: 1 }, validUntil: NOW + 7_000 })
  assert.deepEqual(judge([{}, ejected, ejected], { panicPercent: 100 }).weights, { 0: 1 })
})

test('where all are ejected they are used all the same: an answer from them is better than none', () => {
  assert.deepEqual(judge([{ ejectedUntil: NOW + 1 }], { panicPercent: 100 }).weights, { 0: 1 })
})
