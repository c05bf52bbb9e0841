import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, begin, type Evidence, type Plan, type Rollout } from './rollout.ts'

const PLAN: Plan = {
  called: 'checkout -n shop',
  revision: 'v2',
  steps: [
    { weight: 10, pauseMs: 1_000, approval: false },
    { weight: 50, pauseMs: 2_000, approval: true },
  ],
  minRequests: 100,
  isPaused: false,
  approved: 0,
}
const ENOUGH: Evidence = { against: undefined, requests: 100, hold: undefined }
const T0 = 1_000_000

const at = (rollout: Rollout, now: number, { plan = {}, evidence = {} } = {}) =>
  advance(rollout, { ...PLAN, ...plan }, { evidence: { ...ENOUGH, ...evidence }, now })
const seen = ({ phase, step, weight, verdict }: Rollout) => `${phase} ${step} ${weight} ${verdict}`

test('it goes from step to step, and to everybody in the end', () => {
  const first = begin(PLAN, T0)
  assert.equal(seen(first), 'Progressing 1 10 InsufficientTraffic')
  assert.equal(seen(at(first, T0 + 999)), 'Progressing 1 10 NotWorse')
  const second = at(first, T0 + 1_000)
  assert.equal(seen(second), 'Progressing 2 50 InsufficientTraffic')
  const waits = at(second, T0 + 3_000)
  assert.equal(seen(waits), 'WaitingForApproval 2 50 NotWorse')
  assert.match(
    waits.message,
    /: kubectl annotate canarypolicy checkout -n shop sluice\.dev\/approved=v2\/2 --overwrite$/,
  )
  const done = at(waits, T0 + 3_001, { plan: { approved: 2 } })
  assert.equal(seen(done), 'Promoted 2 100 NotWorse')
  assert.equal(at(done, T0 + 9_000, { evidence: { against: 'errors' } }), done)
})

test('what is worse is taken back at once, in any phase, and stays back', () => {
  const worse = { evidence: { against: '5 of 25 failed', requests: 3 } }
  const first = begin(PLAN, T0)
  for (const rollout of [first, at(first, T0, { plan: { isPaused: true } }), at(at(first, T0 + 1_000), T0 + 3_000)]) {
    const back = at(rollout, T0 + 1, worse)
    assert.equal(`${back.phase} ${back.weight} ${back.verdict} ${back.message}`, 'RolledBack 0 Worse 5 of 25 failed')
    assert.equal(at(back, T0 + 1e9), back)
  }
})

test('without enough requests it stays in its step, and says so', () => {
  const stays = at(begin(PLAN, T0), T0 + 1e9, { evidence: { requests: 99 } })
  assert.equal(seen(stays), 'Progressing 1 10 InsufficientTraffic')
  assert.match(stays.message, /needs 100 requests/)
})

test('what a metric holds stays in its step, for as long as that is so', () => {
  const hold = { verdict: 'MetricUnavailable', message: 'metric orders: no answer' } as const
  const stays = at(begin(PLAN, T0), T0 + 1e9, { evidence: { hold } })
  assert.equal(`${seen(stays)}: ${stays.message}`, 'Progressing 1 10 MetricUnavailable: metric orders: no answer')
  assert.equal(at(stays, T0 + 1e9 + 1).step, 2)
})

test('what is paused stays, and goes on from there', () => {
  const paused = at(begin(PLAN, T0), T0 + 1e9, { plan: { isPaused: true } })
  assert.equal(seen(paused), 'Paused 1 10 NotWorse')
  assert.equal(at(paused, T0 + 1e9 + 1).step, 2)
})

test('steps that were changed meanwhile hold from now on', () => {
  const second = at(begin(PLAN, T0), T0 + 1_000)
  const steps = [{ weight: 30, pauseMs: 60_000, approval: false }]
  assert.equal(seen(at(second, T0 + 1_001, { plan: { steps } })), 'Progressing 1 30 NotWorse')
})
