import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashText } from '../../lib/hash.ts'
import { seededRandom } from '../../lib/random.ts'
import { GcraTable, gcraMemory, type KeyHash, type RateSpec } from './gcra-table.ts'

const TEN_A_SECOND: RateSpec = { requests: 10, perMs: 1000, burst: 3 }
const START = 5_000

const keyOf = (name: string): KeyHash => ({ hash: hashText(name), mark: hashText(name, 7) })

function tableOf(spec: RateSpec, { keys = 1024, now = START } = {}): GcraTable {
  return new GcraTable(gcraMemory(keys, spec, now), spec)
}

test('a burst passes at once, then one request for each interval', () => {
  const table = tableOf(TEN_A_SECOND)
  const key = keyOf('a')
  assert.deepEqual(
    [0, 0, 0, 0].map(() => table.take(key, START)),
    [0, 0, 0, 100],
  )
  assert.equal(table.take(key, START + 99) > 0, true)
  assert.equal(table.take(key, START + 100), 0)
  assert.equal(table.take(key, START + 101) > 98, true)
})

test('after a rest all of the burst is there again, and no more than that', () => {
  const table = tableOf(TEN_A_SECOND)
  const key = keyOf('a')
  for (const now of [START, START + 60_000]) {
    const passed = Array.from({ length: 10 }, () => table.take(key, now)).filter((wait) => wait === 0)
    assert.equal(passed.length, 3)
  }
})

test('a refused request costs nothing: who keeps asking still gets the full rate', () => {
  const table = tableOf(TEN_A_SECOND)
  let passed = 0
  for (let now = START; now < START + 10_000; now++) if (table.take(keyOf('a'), now) === 0) passed++
  assert.ok(passed >= 102 && passed <= 103, `${passed} in 10 s`)
})

test('keys do not share', () => {
  const table = tableOf(TEN_A_SECOND)
  for (let i = 0; i < 200; i++) assert.equal(table.take(keyOf(`client-${i}`), START), 0, `${i}`)
})

test('a request may cost more than one, or a part of one', () => {
  const table = tableOf(TEN_A_SECOND)
  assert.equal(table.take(keyOf('a'), START, 3), 0)
  assert.equal(table.take(keyOf('a'), START, 0.5), 50)
})

test('what is reserved has its time behind all that was before, however far that is', () => {
  const table = tableOf(TEN_A_SECOND)
  const key = keyOf('a')
  const waits = [3, 1, 2, 0.5].map((cost) => table.reserve(key, START, cost))
  assert.deepEqual(waits, [0, 100, 300, 350])
  assert.equal(table.take(key, START), 450)
  assert.equal(table.reserve(keyOf('b'), START, 1), 0)
  assert.equal(table.reserve(key, START + 350, 1), 100)
  const far = table.reserve(key, START, 1e9)
  assert.ok(far > 1e7 && table.reserve(key, START, 1e9) === far, `${far}`)
})

test('when there are more keys than slots, old ones keep what they have and new ones share one limit', () => {
  const table = tableOf(TEN_A_SECOND, { keys: 8 })
  const settled = Array.from({ length: 8 }, (_, i) => keyOf(`old-${i}`))
  for (const key of settled) assert.equal(table.take(key, START), 0)
  const crowd = Array.from({ length: 1000 }, (_, i) => table.take(keyOf(`new-${i}`), START))
  assert.equal(crowd.filter((wait) => wait === 0).length, 3)
  for (const key of settled) assert.deepEqual([table.take(key, START), table.take(key, START)], [0, 0])
})

test('a million keys in half a megabyte: they share what is left, and nobody loses a place that is in use', (t) => {
  const memory = gcraMemory(65_536, TEN_A_SECOND, START)
  const table = new GcraTable(memory, TEN_A_SECOND)
  const settled = Array.from({ length: 10_000 }, (_, i) => keyOf(`settled-${i}`))
  for (const key of settled) table.take(key, START)
  let passed = 0
  for (let i = 0; i < 1_000_000; i++) if (table.take({ hash: hashText(`${i}`), mark: i + 1 }, START) === 0) passed++
  const kept = settled.filter((key) => table.take(key, START) === 0 && table.take(key, START) === 0)
  t.diagnostic(`${memory.byteLength} bytes; ${passed} of the million passed; ${kept.length} kept all of their room`)
  assert.equal(memory.byteLength, 589_824)
  // A place of its own for each of the first, and the burst of what each bucket shares.
  assert.ok(passed <= 65_536 + 3 * 8_192, `${passed}`)
  assert.ok(kept.length > 9_990, `${kept.length}`)
})

test('a slot whose key has its burst back goes to the next one', () => {
  const table = tableOf(TEN_A_SECOND, { keys: 8 })
  for (let i = 0; i < 8; i++) table.take(keyOf(`old-${i}`), START)
  const later = START + 101
  for (let i = 0; i < 8; i++) {
    assert.deepEqual(
      [0, 0, 0].map(() => table.take(keyOf(`new-${i}`), later)),
      [0, 0, 0],
      `${i}`,
    )
  }
})

test('times may wrap around as often as they like, as long as somebody sweeps', () => {
  const fast: RateSpec = { requests: 1000, perMs: 1, burst: 5 }
  const table = tableOf(fast)
  const key = keyOf('a')
  for (let now = START, i = 0; i < 40; i++, now += table.sweepMs * 0.9) {
    const passed = Array.from({ length: 8 }, () => table.take(key, now)).filter((wait) => wait === 0)
    assert.equal(passed.length, 5, `round ${i}`)
    table.sweep(now)
  }
})

test('random keys at random times: never more than burst and rate allow (seed 11)', () => {
  const random = seededRandom(11)
  const table = tableOf(TEN_A_SECOND, { keys: 64 })
  const passed = new Map<string, number[]>()
  for (let now = START; now < START + 20_000; now += random() * 20) {
    const name = `k${Math.floor(random() * 12)}`
    if (table.take(keyOf(name), now) !== 0) continue
    passed.set(name, [...(passed.get(name) ?? []), now])
  }
  for (const times of passed.values()) {
    for (const [i, from] of times.entries()) {
      for (let j = i; j < times.length; j++) {
        const most = 3 + (times[j]! - from) / 100 + 0.01
        assert.ok(j - i + 1 <= most, `${j - i + 1} in ${times[j]! - from} ms`)
      }
    }
  }
})
