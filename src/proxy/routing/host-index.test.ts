import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostIndex } from './host-index.ts'

test('every host finds its own value, and no other host finds one', () => {
  const hosts = Array.from({ length: 5000 }, (_, i) => `h${i}.example.test`)
  const index = new HostIndex(hosts.map((host, i) => [host, i] as const))
  assert.deepEqual(
    hosts.map((host) => index.get(host)),
    hosts.map((_, i) => i),
  )
  for (const host of ['', '*', 'h5000.example.test', 'h1.example.tes', 'H1.example.test'])
    assert.equal(index.get(host), undefined)
})

test('an index without hosts finds nothing', () => {
  assert.equal(new HostIndex<number>([]).get('a.test'), undefined)
})

test('the catch-all, wildcards and the empty host are hosts like any other', () => {
  const index = new HostIndex([
    ['*', 1],
    ['*.a.test', 2],
    ['', 3],
  ] as const)
  assert.deepEqual(
    ['*', '*.a.test', '', 'a.test'].map((host) => index.get(host)),
    [1, 2, 3, undefined],
  )
})
