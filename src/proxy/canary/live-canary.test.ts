import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import type { CanarySpec } from '../../model/canary.ts'
import type { Exchange } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { variantMemory, variantSums } from '../shared/variant-counts.ts'
import { LiveCanary } from './live-canary.ts'

const SPEC: CanarySpec = {
  matches: [{ variant: 'canary', headers: [{ name: 'X-Canary' }] }],
  key: 'client',
  variants: [{ name: 'canary', weight: 100 }],
}

function setUp() {
  const canary = new LiveCanary('shop/checkout', seededRandom(1))
  canary.set(SPEC)
  const memory = variantMemory(1, 2)
  canary.grant(memory, ['canary'], 0)
  const serve = (outcome: Partial<Exchange>, field?: string) => {
    const requestHeaders = new HeaderList()
    if (field !== undefined) requestHeaders.add(field, '1')
    const exchange = { requestHeaders, query: '', clientAddress: '192.0.2.1', startedAt: 0, respondedAt: 5 } as Exchange
    const name = canary.choose(exchange)
    Object.assign(exchange, { status: 200, fault: undefined, ...outcome })
    canary.record(name).count(exchange)
  }
  return { serve, sums: () => variantSums(memory, 1) }
}

test('who asks for a variant is counted, and is no evidence', () => {
  const { serve, sums } = setUp()
  serve({ status: 500 }, 'X-Canary')
  serve({})
  const { successes, failures, asked, latencies } = sums()
  assert.deepEqual([successes, failures, asked], [1, 0, { successes: 0, failures: 1 }])
  assert.equal(
    latencies.reduce((sum, count) => sum + count),
    1,
  )
})

for (const [what, outcome, expected] of [
  ['an answer of 499 and less', { status: 404 }, [1, 0]],
  ['an answer of 500', { status: 500 }, [0, 1]],
  ['no endpoint', { status: 503, fault: 'no-endpoint', respondedAt: 0 }, [0, 1]],
  ['an answer that broke off', { status: 200, fault: 'upstream-reset-in-response' }, [0, 1]],
  ['a client that left before any answer', { status: 499, fault: 'client-gone', respondedAt: 0 }, [0, 1]],
  ['a client that left in the middle of one', { status: 200, fault: 'client-gone' }, [1, 0]],
  ['a request that the client broke off', { status: 400, fault: 'bad-chunk', respondedAt: 0 }, [0, 0]],
] as const) {
  test(`${what}: ${expected[0]} good, ${expected[1]} failed`, () => {
    const { serve, sums } = setUp()
    serve(outcome)
    assert.deepEqual([sums().successes, sums().failures], expected)
  })
}

test('workers and replicas agree on each of 100 000 clients, and together keep the share', () => {
  const [a, b] = [1, 2].map((seed) => new LiveCanary('shop/checkout', seededRandom(seed)))
  const variants = [
    { name: 'canary', weight: 10 },
    { name: 'other', weight: 25 },
  ]
  for (const worker of [a!, b!]) worker.set({ matches: [], key: 'header:X-User', variants })
  const counts = new Map<string, number>()
  for (let n = 0; n < 100_000; n++) {
    const requestHeaders = new HeaderList()
    requestHeaders.add('X-User', `user-${n}`)
    const exchange = { requestHeaders, query: '', clientAddress: '192.0.2.1' } as Exchange
    const variant = a!.choose(exchange)
    assert.equal(b!.choose(exchange), variant)
    counts.set(variant, (counts.get(variant) ?? 0) + 1)
  }
  for (const [name, percent] of [
    ['canary', 10],
    ['other', 25],
    ['primary', 65],
  ] as const) {
    assert.ok(Math.abs(counts.get(name)! / 1_000 - percent) < 1, `${name}: ${counts.get(name)} of 100000`)
  }
})
