import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LimitSharing, type Others, shareOf } from './limit-sharing.ts'
import type { Sums } from './message.ts'

test('shares of replicas that hear of each other add up to one, whatever their traffic', () => {
  for (const rates of [[80, 15, 5], [0, 0, 0], [1, 0, 0], [1e6, 1, 0.001], [5]]) {
    const shares = rates.map((own, i) => shareOf({ own, theirs: rates.toSpliced(i, 1), replicas: rates.length }))
    const sum = shares.reduce((a, b) => a + b)
    assert.ok(Math.abs(sum - 1) < 1e-9 && shares.every((share) => share > 0), `${rates}: ${shares}`)
  }
})

test('the share follows the traffic, but for a little for what comes anew', () => {
  assert.equal(shareOf({ own: 80, theirs: [15, 5], replicas: 3 }).toFixed(3), '0.772')
  assert.equal(shareOf({ own: 5, theirs: [15, 80], replicas: 3 }).toFixed(3), '0.067')
})

test('who hears of nobody admits an even share, and the others leave it that', () => {
  assert.equal(shareOf({ own: 80, theirs: [], replicas: 3 }).toFixed(3), '0.333')
  const two = shareOf({ own: 80, theirs: [20], replicas: 3 }) + shareOf({ own: 20, theirs: [80], replicas: 3 })
  assert.equal(two.toFixed(3), '0.667')
})

test('who is alone admits all', () => assert.equal(shareOf({ own: 7, theirs: [], replicas: 1 }), 1))

test('rates are smoothed, told, and compared with what the others told', () => {
  const shares = new Map<string, number>()
  let demand = 100
  const sharing = new LimitSharing({
    demands: () => new Map([['shop/fair/all', demand]]),
    share: (name, share) => shares.set(name, share),
  })
  const others = (rate: number): Others => ({ known: 1, heard: 1, of: () => [[rate]] })
  const told = (sums: Sums) => sums.get('limit/shop/fair/all')
  assert.deepEqual(told(sharing.sums()), [100])
  demand = 0
  assert.deepEqual(told(sharing.sums()), [50])
  sharing.divide(others(50))
  assert.equal(shares.get('shop/fair/all'), 0.5)
  sharing.divide(others(0))
  assert.equal(shares.get('shop/fair/all'), 0.97)
})
