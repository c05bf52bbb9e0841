import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePriority } from './priority.ts'

/** RFC 9218 section 4, in the grammar of RFC 8941 section 3.2. */
const VALUES: readonly (readonly [value: string, urgency: number, incremental: boolean])[] = [
  ['', 3, false],
  ['u=0', 0, false],
  ['u=7, i', 7, true],
  ['i', 3, true],
  ['i=?1', 3, true],
  ['i=?0', 3, false],
  ['u=1,i', 1, true],
  ['u=1 ,\ti', 1, true],
  ['u=5;x=1, i;y', 5, true],
  ['u=1, u=2', 2, false],
  ['i, i=?0', 3, false],
  ['u=8', 3, false],
  ['u=-1', 3, false],
  ['u="1"', 3, false],
  ['u', 3, false],
  ['i=1', 3, false],
  ['x=1, u=2', 2, false],
  [`u=1${' '.repeat(300)}`, 3, false],
]
for (const [value, urgency, incremental] of VALUES) {
  test(`priority ${JSON.stringify(value.slice(0, 20))}`, () => {
    assert.deepEqual(parsePriority(value), { urgency, incremental })
    assert.deepEqual(parsePriority(value), { urgency, incremental }, 'again')
  })
}
