import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../lib/random.ts'
import { patch, type ResourceKey } from '../model/snapshot.ts'
import { Desired } from './desired.ts'

const KEYS = ['cluster/a', 'cluster/b', 'endpoints/a', 'endpoints/b', 'virtualHost/x'] as const

function any(random: Random): Map<ResourceKey, string> {
  const some = KEYS.filter(() => random() < 0.6)
  return new Map(some.map((key) => [key, String(Math.floor(random() * 3))]))
}

for (const seed of [1, 2, 3]) {
  test(`whatever changes and fails, what arrives in the end is what is wanted (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const desired = new Desired()
    const wanted = new Map<ResourceKey, string>()
    const proxy = new Map<ResourceKey, string>()
    for (let round = 0; round < 3000; round++) {
      const whole = any(random)
      if (random() < 0.3) {
        desired.replace(whole)
        wanted.clear()
        patch(wanted, { upserts: [...whole], removals: [] })
      } else {
        const part = { upserts: [...whole].slice(0, 2), removals: KEYS.filter((key) => !whole.has(key)).slice(0, 1) }
        desired.change(part)
        patch(wanted, part)
      }
      if (random() < 0.3) continue
      const update = desired.next()
      if (update === undefined) {
        assert.deepEqual(new Map([...proxy].sort()), new Map([...wanted].sort()))
        continue
      }
      const isApplied = random() < 0.7
      // Of an update that failed, some workers may have everything.
      if (isApplied || random() < 0.5) patch(proxy, update)
      if (isApplied) desired.applied(update)
      else desired.doubtful(update)
      if (isApplied) assert.deepEqual(new Map([...proxy].sort()), new Map([...wanted].sort()))
    }
  })
}

test('nothing is sent that the proxy has already', () => {
  const desired = new Desired()
  desired.replace(new Map([['cluster/a', '1']]))
  desired.applied(desired.next()!)
  desired.change({ upserts: [['cluster/a', '2']], removals: [] })
  desired.change({ upserts: [['cluster/a', '1']], removals: [] })
  desired.replace(new Map([['cluster/a', '1']]))
  assert.equal(desired.next(), undefined)
})

test('revisions count the updates, not the questions', () => {
  const desired = new Desired()
  assert.equal(desired.next(), undefined)
  desired.replace(new Map([['cluster/a', '1']]))
  assert.equal(desired.next()?.revision, 1)
})
