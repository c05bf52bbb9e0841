import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUCKET_COUNT } from '../../lib/log-buckets.ts'
import type { CanaryTally } from '../../model/canary.ts'
import { CanarySharing } from './canary-sharing.ts'

const NAME = 'shop/checkout'

/** Replicas that hear of each other when they are told to. */
function setUp(count: number) {
  const replicas = Array.from({ length: count }, (_, self) => {
    const state = { requests: 0, failures: 0, series: 1, variants: ['primary', 'canary'] }
    const own = (): readonly CanaryTally[] => [
      {
        name: NAME,
        series: state.series,
        variants: state.variants.map((name, i) => {
          const latencies = new Array<number>(BUCKET_COUNT).fill(0)
          latencies[40 + self] = i === 1 ? state.requests : 0
          latencies[50] = i === 1 ? 1 : 0
          return { name, successes: i === 1 ? state.requests : 0, failures: i === 1 ? state.failures : 0, latencies }
        }),
      },
    ]
    return { state, sharing: new CanarySharing(own, self + 1) }
  })
  const talk = (among = replicas) => {
    for (const { sharing } of among) {
      const others = among.filter((each) => each.sharing !== sharing)
      sharing.hear({
        of: (topic) => others.flatMap((each) => [each.sharing.sums().get(topic)].flatMap((s) => (s ? [s] : []))),
      })
    }
  }
  const seen = (replica: number) => {
    const [, canary] = replicas[replica]!.sharing.tallies()[0]!.variants
    return canary!
  }
  return { replicas, talk, seen }
}

test('each replica knows what all of them counted since they heard of each other', () => {
  const { replicas, talk, seen } = setUp(3)
  replicas[1]!.state.requests = 1_000
  talk()
  for (const [i, { state }] of replicas.entries()) state.requests += 10 * (i + 1)
  replicas[2]!.state.failures = 4
  talk()
  assert.deepEqual(
    [seen(0), seen(2)].map(({ successes, failures }) => [successes, failures]),
    [
      [60, 4],
      [60, 4],
    ],
  )
  assert.deepEqual([seen(0).latencies[40], seen(0).latencies[41], seen(0).latencies[42]], [10, 20, 30])
})

test('what a replica that left had counted stays, and one that starts anew takes nothing away', () => {
  const { replicas, talk, seen } = setUp(2)
  talk()
  replicas[1]!.state.requests = 50
  talk()
  talk(replicas.slice(0, 1))
  assert.equal(seen(0).successes, 50)
  Object.assign(replicas[1]!.state, { requests: 5, series: 2 })
  talk()
  replicas[1]!.state.requests = 7
  talk()
  assert.equal(seen(0).successes, 52)
})

test('of who has other variants at the moment nothing is taken', () => {
  const { replicas, talk, seen } = setUp(2)
  replicas[1]!.state.variants = ['primary', 'canary', 'third']
  talk()
  replicas[1]!.state.requests = 50
  talk()
  assert.equal(seen(0).successes, 0)
})

test('counters wrap around', () => {
  const { replicas, talk, seen } = setUp(2)
  replicas[1]!.state.requests = 2 ** 32 - 2
  talk()
  replicas[1]!.state.requests = 3
  talk()
  assert.equal(seen(0).successes, 5)
})

test('it fits into a datagram', () => {
  const { replicas } = setUp(1)
  replicas[0]!.state.requests = 4_000_000_000
  assert.ok(JSON.stringify([...replicas[0]!.sharing.sums()]).length < 200)
})
