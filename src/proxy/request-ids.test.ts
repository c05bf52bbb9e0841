import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../lib/random.ts'
import { RequestIds } from './request-ids.ts'

const SEED = 5

test(`ids are 32 hexadecimal digits, all different (seed ${SEED})`, () => {
  const ids = new RequestIds(seededRandom(SEED))
  const seen = new Set<string>()
  for (let i = 0; i < 20_000; i++) seen.add(ids.next())
  assert.equal(seen.size, 20_000)
  for (const id of seen) assert.match(id, /^[0-9a-f]{32}$/)
})

test('the lowest and the highest chance make ids of full length', () => {
  for (const chance of [0, 1 - 2 ** -53]) assert.match(new RequestIds(() => chance).next(), /^[0-9a-f]{32}$/)
})

test('workers with different chance have different ids', () => {
  const [a, b] = [1, 2].map((seed) => new RequestIds(seededRandom(seed)).next())
  assert.notEqual(a, b)
})
