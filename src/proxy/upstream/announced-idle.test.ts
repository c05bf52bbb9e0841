import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AnnouncedIdle } from './announced-idle.ts'

for (const [value, ms] of [
  [undefined, 0],
  ['timeout=5', 5_000],
  ['timeout=5, max=1000', 5_000],
  ['max=100, timeout=15', 15_000],
  ['Timeout = "7"', 7_000],
  ['max=100', 0],
  ['timeout=soon', 0],
  ['xtimeout=5', 0],
  ['timeout=99999999999', 0],
] as const) {
  test(`Keep-Alive: ${value} is ${ms} ms`, () => assert.equal(new AnnouncedIdle().of(value), ms))
}

test('another value is another time, and none is none', () => {
  const idle = new AnnouncedIdle()
  const told = ['timeout=5', 'timeout=5', 'timeout=9', undefined].map((value) => idle.of(value))
  assert.deepEqual(told, [5_000, 5_000, 9_000, 0])
})
