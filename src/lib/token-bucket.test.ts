import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './clock.ts'
import { TokenBucket } from './token-bucket.ts'

test('a burst, then what comes back with time, and never more than the burst', () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(clock, { burst: 2, perSecond: 4 })
  const taken = () => [1, 2, 3, 4].filter(() => bucket.take()).length
  assert.equal(taken(), 2)
  assert.equal(bucket.waitMs, 250)
  clock.advance(249)
  assert.equal(taken(), 0)
  clock.advance(1)
  assert.equal(bucket.waitMs, 0)
  assert.equal(taken(), 1)
  clock.advance(60_000)
  assert.equal(taken(), 2)
})

test('after the wait it names there is a token', () => {
  const clock = new FakeClock()
  const bucket = new TokenBucket(clock, { burst: 1, perSecond: 10 / 60 })
  for (let i = 0; i < 20; i++) {
    assert.ok(bucket.take(), `${i}`)
    clock.advance(bucket.waitMs)
  }
})
