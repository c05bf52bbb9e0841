import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../../lib/clock.ts'
import type { RetryBudgetSpec } from '../../model/cluster.ts'
import { EndpointStats, endpointMemory } from '../shared/endpoint-stats.ts'
import { RetryBudget } from './retry-budget.ts'

/** The budget of one service as a worker has it that shares memory with another one. */
class Side {
  readonly row
  readonly #budget

  constructor(spec: RetryBudgetSpec, stats: EndpointStats, clock: FakeClock) {
    this.row = stats.service(0)
    this.#budget = new RetryBudget(spec, { clock, workers: stats.workers })
  }

  /** Makes attempts until there may be no more. @returns how many there were. */
  use(): number {
    for (let n = 0; ; n++) {
      if (!this.#budget.allows(this.row)) return n
      this.row.enter(true)
    }
  }
}

function setUp(spec: RetryBudgetSpec) {
  const clock = new FakeClock()
  const memory = endpointMemory(2, 1)
  const side = (worker: number) => new Side(spec, new EndpointStats(memory, worker), clock)
  return { clock, a: side(0), b: side(1) }
}

test('so many percent of what all workers have under way may be further attempts', () => {
  const { a, b } = setUp({ percent: 20, perSecond: 0 })
  for (let n = 0; n < 40; n++) (n % 2 === 0 ? a : b).row.enter(false)
  assert.equal(a.use(), 10, 'of 50, themselves included')
  assert.equal(b.use(), 0)
  a.row.leave(true)
  assert.ok(b.use() > 0)
})

test('a service with little to do has its attempts of each second, divided among the workers', () => {
  const { clock, a, b } = setUp({ percent: 0, perSecond: 10 })
  assert.deepEqual([a.use(), b.use()], [50, 50], 'at first those of ten seconds')
  clock.advance(1_000)
  assert.deepEqual([a.use(), b.use()], [5, 5])
})

test('without percent and rate there is none at all', () => {
  const { clock, a } = setUp({ percent: 0, perSecond: 0 })
  for (let n = 0; n < 100; n++) a.row.enter(false)
  clock.advance(60_000)
  assert.equal(a.use(), 0)
})
