import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import { BUCKET_COUNT, bucketOf } from '../../lib/log-buckets.ts'
import type { CanaryTally } from '../../model/canary.ts'
import type { CanaryPolicy } from '../api/canary-policy.ts'
import { decodeObject } from '../api/kubernetes/decode.ts'
import type { RolloutFact } from '../translate/view.ts'
import type { Answer } from './prometheus.ts'
import { Rollouts } from './rollouts.ts'

const NAME = 'shop/checkout'
const STEPS = [
  { weight: 10, pause: '5s' },
  { weight: 50, pause: '5s' },
]

function policyOf(spec: object = {}, annotations: object = {}, uid = 'u'): CanaryPolicy {
  const decoded = decodeObject({
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'CanaryPolicy',
    metadata: { name: 'checkout', namespace: 'shop', annotations, uid },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
      variants: [{ name: 'canary', service: 'next' }],
      analysis: { steps: STEPS, minRequests: 20, revision: 'v2' },
      ...spec,
    },
  })
  assert.ok(decoded.outcome === 'object', JSON.stringify(decoded))
  const policy = decoded.object as CanaryPolicy
  assert.deepEqual(policy.spec.faults, [])
  return policy
}

/** Requests of one second: how many, and how many of them failed. */
type Traffic = readonly [canary: readonly [number, number], primary: readonly [number, number]]
const GOOD: Traffic = [
  [5, 0],
  [45, 0],
]
const BAD: Traffic = [
  [5, 2],
  [45, 0],
]

function setUp(clock = new FakeClock()) {
  const sums = [0, 1].map(() => ({ successes: 0, failures: 0, latencies: new Array<number>(BUCKET_COUNT).fill(0) }))
  const world = {
    policies: [policyOf()],
    status: undefined as unknown,
    leads: true,
    series: 1,
    facts: [] as RolloutFact[],
    statuses: [] as Readonly<Record<string, unknown>>[],
    forgotten: [] as string[],
    warnings: [] as object[],
    asked: 0,
    answer: { value: 0 } as Answer,
  }
  const tally = (): CanaryTally => ({
    name: NAME,
    series: world.series,
    variants: ['primary', 'canary'].map((name, i) => ({ name, ...sums[i]!, latencies: [...sums[i]!.latencies] })),
  })
  const rollouts = new Rollouts({
    clock,
    log: { info: () => {}, warn: (fields) => world.warnings.push(fields) },
    tallies: () => (world.policies.length === 0 ? [] : [tally()]),
    policies: () => world.policies,
    look: () => ({ uid: 'u', generation: 1, status: world.status }),
    leads: () => world.leads,
    rollOut: (fact) => world.facts.push(fact),
    forget: (policy) => world.forgotten.push(policy),
    ask: async () => {
      world.asked++
      return world.answer
    },
    tell: (_ref, status) => {
      world.statuses.push(status)
      world.status = status
    },
  })
  const run = (seconds: number, [canary, primary]: Traffic = GOOD) => {
    for (let n = 0; n < seconds; n++) {
      for (const [i, [requests, failures]] of [primary, canary].entries()) {
        sums[i]!.successes += requests - failures
        sums[i]!.failures += failures
        sums[i]!.latencies[bucketOf(10)]! += requests
      }
      clock.advance(1_000)
    }
  }
  const weights = () => world.facts.map(({ weight }) => weight)
  return { world, rollouts, run, weights, clock }
}

test('a good canary goes up step by step, and is promoted', () => {
  const { world, run, weights, rollouts } = setUp()
  run(20)
  assert.deepEqual(weights(), [10, 50, 100])
  assert.equal(world.facts.at(-1)?.outcome?.phase, 'Promoted')
  assert.deepEqual(
    world.statuses
      .map(({ phase, currentWeight, step }) => `${phase} ${currentWeight} ${step}`)
      .filter((s, i, all) => s !== all[i - 1]),
    ['Progressing 10 1/2', 'Progressing 50 2/2', 'Promoted 100 2/2'],
  )
  assert.equal((rollouts.view[NAME] as { phase: string }).phase, 'Promoted')
})

test('a bad one is taken back in seconds, with its numbers', () => {
  const { world, run, weights } = setUp()
  run(2)
  run(10, BAD)
  assert.deepEqual(weights(), [10, 0])
  const { outcome } = world.facts.at(-1)!
  assert.equal(outcome?.phase, 'RolledBack')
  assert.match(
    outcome?.message ?? '',
    /^errors: \d+ of \d+ requests \(\d+\.\d\d %\) of the canary failed, 0 of \d+ requests/,
  )
  assert.equal(world.warnings.length, 1)
  run(60)
  assert.deepEqual(weights(), [10, 0], 'what was taken back stays back')
})

test('another revision begins anew', () => {
  const { world, run, weights } = setUp()
  run(10, BAD)
  world.policies = [policyOf({ analysis: { steps: STEPS, revision: 'v3' } })]
  run(1)
  assert.deepEqual(weights(), [10, 0, 10])
})

test('approval by hand lets it go on', () => {
  const { world, run, weights } = setUp()
  const analysis = { steps: [{ weight: 10, approval: true }], minRequests: 1, revision: 'v2' }
  world.policies = [policyOf({ analysis })]
  run(10)
  assert.equal(world.statuses.at(-1)?.phase, 'WaitingForApproval')
  world.policies = [policyOf({ analysis }, { 'sluice.dev/approved': 'v1/1' })]
  run(2)
  assert.deepEqual(weights(), [10])
  world.policies = [policyOf({ analysis }, { 'sluice.dev/approved': 'v2/1' })]
  run(1)
  assert.deepEqual(weights(), [10, 100])
})

const METERED = {
  steps: STEPS,
  minRequests: 20,
  revision: 'v2',
  metrics: [{ name: 'orders', prometheus: { address: 'http://p:9090', query: 'up' }, max: 1, interval: '5s' }],
}

test('a metric that cannot be had holds a rollout and says so; one that can lets it go on', async () => {
  const { world, run, weights } = setUp()
  world.policies = [policyOf({ analysis: METERED })]
  world.answer = { fault: 'no answer' }
  const seconds = async (count: number) => {
    for (let n = 0; n < count; n++) {
      run(1)
      await Promise.resolve()
    }
  }
  await seconds(30)
  const { verdict, message, metrics } = world.statuses.at(-1)!
  assert.deepEqual([weights(), verdict, message], [[10], 'MetricUnavailable', 'metric orders: no answer'])
  assert.deepEqual(metrics, [{ name: 'orders', state: 'Unavailable', message: 'no answer' }])
  world.answer = { value: 1 }
  await seconds(30)
  assert.deepEqual(weights(), [10, 50, 100])
  const { asked } = world
  await seconds(30)
  assert.equal(world.asked, asked, 'of one that is over nobody asks any more')
})

test('a metric that is too much takes a canary back that answers well', async () => {
  const { world, run, weights } = setUp()
  world.policies = [policyOf({ analysis: METERED })]
  world.answer = { value: 1.5 }
  for (let n = 0; n < 10; n++) {
    run(1)
    await Promise.resolve()
  }
  assert.deepEqual(weights(), [10, 0])
  assert.equal(world.facts.at(-1)?.outcome?.message, 'metric orders: 1.5, more than 1, 2 times in a row')
})

test('only the replica that leads asks for metrics', () => {
  const { world, run } = setUp()
  world.policies = [policyOf({ analysis: METERED })]
  world.leads = false
  run(20)
  assert.equal(world.asked, 0)
})

test('a new leader goes on from the status', () => {
  const first = setUp()
  first.run(7)
  const second = setUp(first.clock)
  second.world.status = first.world.status
  second.run(1)
  assert.deepEqual(second.weights(), [50])
  second.run(10)
  assert.deepEqual(second.weights(), [50, 100])
})

test('a replica that does not lead follows the status, and writes nothing', () => {
  const { world, run, weights } = setUp()
  world.leads = false
  run(20)
  assert.deepEqual([weights(), world.statuses], [[], []])
  const leader = setUp()
  leader.run(7)
  world.status = leader.world.status
  run(1)
  assert.deepEqual([weights(), world.statuses], [[50], []])
})

test('it stops sending to a canary that is worse here, until the leader has decided', () => {
  const { world, run, weights } = setUp()
  const leader = setUp()
  leader.run(7)
  world.leads = false
  world.status = leader.world.status
  run(10, BAD)
  assert.deepEqual(weights(), [50, 0])
  leader.run(10, BAD)
  world.status = leader.world.status
  run(1)
  assert.deepEqual(world.facts.at(-1)?.outcome?.phase, 'RolledBack')
})

test('of one that is over nothing more is written, by another leader either', () => {
  const first = setUp()
  first.run(10, BAD)
  const { length } = first.world.statuses
  first.run(60)
  assert.equal(first.world.statuses.length, length)
  const second = setUp(first.clock)
  second.world.status = first.world.status
  second.run(60)
  assert.deepEqual([second.world.statuses, second.weights()], [[], [0]])
})

test('a policy that was deleted and made again begins anew', () => {
  const { world, run, weights } = setUp()
  run(10, BAD)
  world.policies = [policyOf({}, {}, 'another')]
  world.status = undefined
  run(1)
  assert.deepEqual(weights(), [10, 0, 10])
})

test('what is gone is forgotten', () => {
  const { world, run, rollouts } = setUp()
  run(2)
  world.policies = []
  run(1)
  assert.deepEqual([world.forgotten, rollouts.view], [[NAME], {}])
})

test('the status is written when something happens, and its numbers now and then', () => {
  const { world, run } = setUp()
  world.policies = [policyOf({ paused: true })]
  run(61)
  const phases = world.statuses.map(({ phase }) => phase)
  assert.ok(phases.length >= 5 && phases.length <= 8, `${phases.length}`)
})
