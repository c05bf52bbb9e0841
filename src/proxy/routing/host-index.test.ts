import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../lib/random.ts'
import { HostIndex } from './host-index.ts'

test('every host finds its own value, and no other host finds one', () => {
  const hosts = Array.from({ length: 5000 }, (_, i) => `h${i}.example.test`)
  const index = HostIndex.of(hosts.map((host, i) => [host, i] as const))
  assert.deepEqual(
    hosts.map((host) => index.get(host)),
    hosts.map((_, i) => i),
  )
  for (const host of ['', '*', 'h5000.example.test', 'h1.example.tes', 'H1.example.test'])
    assert.equal(index.get(host), undefined)
})

test('an index without hosts finds nothing', () => {
  assert.equal(HostIndex.of<number>([]).get('a.test'), undefined)
})

test('the catch-all, wildcards and the empty host are hosts like any other', () => {
  const index = HostIndex.of([
    ['*', 1],
    ['*.a.test', 2],
    ['', 3],
  ] as const)
  assert.deepEqual(
    ['*', '*.a.test', '', 'a.test'].map((host) => index.get(host)),
    [1, 2, 3, undefined],
  )
})

for (const seed of [1, 2]) {
  test(`whatever comes and goes, each index finds what was there when it was made (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const hosts = Array.from({ length: 60 }, (_, i) => `h${i}.example.test`)
    const expected = new Map<string, number>()
    let index = HostIndex.of<number>([])
    for (let round = 0; round < 2000; round++) {
      const before = { index, expected: new Map(expected) }
      const changes = new Map<string, number | undefined>()
      for (let i = 0; i <= random() * 3; i++) {
        const host = hosts[Math.floor(random() * hosts.length)]!
        changes.set(host, random() < 0.5 ? round : undefined)
      }
      for (const [host, value] of changes) value === undefined ? expected.delete(host) : expected.set(host, value)
      index = index.with(changes)
      for (const host of hosts) {
        assert.equal(index.get(host), expected.get(host))
        assert.equal(before.index.get(host), before.expected.get(host))
      }
    }
  })
}
