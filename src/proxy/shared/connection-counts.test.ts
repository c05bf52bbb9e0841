import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { ConnectionCounts, connectionMemory, eraseCounts } from './connection-counts.ts'

test('workers see what all of them have open', () => {
  const memory = connectionMemory(3, seededRandom(1))
  const [a, b, c] = [0, 1, 2].map((index) => new ConnectionCounts(memory, index))
  a!.opened('10.0.0.1')
  b!.opened('10.0.0.1')
  b!.opened('10.0.0.2')
  assert.deepEqual(
    [c!.total(), c!.ofClient('10.0.0.1'), c!.ofClient('10.0.0.2'), c!.ofClient('10.0.0.3')],
    [3, 2, 1, 0],
  )
  b!.closed('10.0.0.1')
  assert.deepEqual([a!.total(), a!.ofClient('10.0.0.1')], [2, 1])
})

test('what a dead worker had open is forgotten, and nothing else', () => {
  const memory = connectionMemory(2, seededRandom(2))
  const [a, b] = [0, 1].map((index) => new ConnectionCounts(memory, index))
  a!.opened('10.0.0.1')
  b!.opened('10.0.0.1')
  eraseCounts(memory, 1)
  assert.deepEqual([a!.total(), a!.ofClient('10.0.0.1')], [1, 1])
})

test('neighbouring addresses spread over the cells', () => {
  const counts = new ConnectionCounts(connectionMemory(1, seededRandom(3)), 0)
  for (let i = 0; i < 1000; i++) counts.opened(`10.0.${i >> 8}.${i & 255}`)
  const shared = Array.from({ length: 1000 }, (_, i) => counts.ofClient(`10.0.${i >> 8}.${i & 255}`)).filter(
    (n) => n > 1,
  )
  // With 1000 addresses in 16384 cells some 60 are expected to share one.
  assert.ok(shared.length < 120, `${shared.length} of 1000 share a cell`)
})
