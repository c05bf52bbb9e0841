import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Random, seededRandom } from '../../lib/random.ts'
import { type GroupObservation, standout, stillFails } from './attribution.ts'

const SEED = 7

interface Given {
  readonly revision?: string
  readonly node?: string
  readonly zone?: string
}

/** One endpoint that failed so many of so many requests. */
const seen = (spec: Given, failures: number, requests = 1_000): GroupObservation => ({ spec, failures, requests })
const a = { revision: 'a' }
const b = { revision: 'b' }

test('a revision that fails where the other does not stands out, with what both failed', () => {
  const contrast = standout([seen(a, 2), seen(a, 5), seen(b, 400), seen(b, 360)])
  assert.deepEqual(contrast, {
    ...{ by: 'revision', name: 'b', endpoints: 2 },
    group: { requests: 2_000, failures: 760 },
    others: { requests: 2_000, failures: 7 },
  })
})

test('nobody stands out where all fail alike, or hardly', () => {
  assert.equal(standout([seen(a, 0), seen(b, 0)]), undefined)
  assert.equal(standout([seen(a, 400), seen(a, 420), seen(b, 410), seen(b, 390)]), undefined)
  assert.equal(standout([seen(a, 300), seen(a, 310), seen(b, 520), seen(b, 500)]), undefined, 'less than twice as much')
  assert.equal(standout([seen(a, 1), seen(a, 1), seen(b, 40), seen(b, 40)]), undefined, 'not worth it')
})

test('few requests say little', () => {
  assert.equal(standout([seen(a, 0), seen(b, 19, 19)]), undefined)
  assert.equal(standout([seen(a, 0, 10), seen(b, 500)]), undefined)
  assert.equal(standout([seen(a, 0), seen(b, 4, 21)]), undefined)
  assert.notEqual(standout([seen(a, 0), seen(b, 21, 21)]), undefined)
})

test('one bad endpoint is not the fault of its node or zone, nor of a revision with others that are well', () => {
  const nodes = [seen({ node: 'x' }, 900), seen({ node: 'x' }, 0), seen({ node: 'y' }, 0), seen({ node: 'y' }, 0)]
  assert.equal(standout(nodes), undefined)
  assert.equal(standout([seen({ zone: 'x' }, 900), seen({ zone: 'y' }, 0), seen({ zone: 'y' }, 0)]), undefined)
  assert.equal(standout([seen(b, 900), seen(b, 0), seen(b, 0), seen(a, 0), seen(a, 0)]), undefined)
  assert.equal(standout([seen(b, 900), seen(a, 0), seen(a, 0)])?.name, 'b', 'the first Pod of a rollout')
})

test('of several kinds of group that are the same endpoints, it is the revision; else the one that fails more clearly', () => {
  const same = [seen({ ...b, node: 'x' }, 500), seen({ ...b, node: 'x' }, 500), seen({ ...a, node: 'y' }, 0)]
  assert.equal(standout(same)?.by, 'revision')
  const node = [
    ...[seen({ ...a, node: 'x' }, 500), seen({ ...b, node: 'x' }, 500)],
    ...[seen({ ...a, node: 'y' }, 0), seen({ ...b, node: 'y' }, 0), seen({ ...b, node: 'z' }, 0)],
  ]
  assert.deepEqual([standout(node)?.by, standout(node)?.name], ['node', 'x'])
})

test('endpoints of which nothing is known are among the others', () => {
  assert.equal(standout([seen({}, 0), seen(b, 500), seen(b, 500)])?.name, 'b')
  assert.equal(standout([seen({}, 500), seen({}, 0)]), undefined)
})

test('a group that is everybody does not stand out', () => {
  assert.equal(standout([seen(a, 500), seen(a, 500)]), undefined)
  assert.equal(standout([]), undefined)
})

test('who stood out goes on failing as long as it looks so, and few requests tell nothing', () => {
  const fails = (failures: number, requests: number) =>
    stillFails([seen(a, 0), seen(b, failures, requests)], 'revision', 'b')
  assert.deepEqual(
    [fails(4, 20), fails(1, 20), fails(0, 20), fails(19, 19), fails(0, 0)],
    [true, true, false, undefined, undefined],
  )
  assert.equal(stillFails([seen(a, 400), seen(b, 410)], 'revision', 'b'), false)
})

/** Failures of so many requests by chance. */
function draw(requests: number, part: number, random: Random): number {
  let failures = 0
  for (let n = 0; n < requests; n++) if (random() < part) failures++
  return failures
}

test(`chance alone makes nobody stand out, in some thousands of intervals (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  for (let interval = 0; interval < 4_000; interval++) {
    const part = random() * 0.3
    const all = Array.from({ length: 8 }, (_, n) => {
      const requests = 20 + Math.floor(random() * 60)
      return seen(
        { revision: n < 2 ? 'b' : 'a', node: `n${n % 4}`, zone: `z${n % 2}` },
        draw(requests, part, random),
        requests,
      )
    })
    assert.equal(standout(all), undefined, `interval ${interval}: ${JSON.stringify(all)}`)
  }
})

test(`a revision that fails a third of its requests is found in nearly every interval (seed ${SEED})`, () => {
  const random = seededRandom(SEED)
  let found = 0
  for (let interval = 0; interval < 200; interval++) {
    const all = [0, 1, 2, 3, 4, 5].map((n) => seen(n < 2 ? b : a, draw(200, n < 2 ? 0.33 : 0.01, random), 200))
    if (standout(all)?.name === 'b') found++
  }
  assert.ok(found >= 198, `${found}`)
})
