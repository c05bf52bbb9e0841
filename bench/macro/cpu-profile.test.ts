import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CpuProfile, profileTable, summarise } from './cpu-profile.ts'

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 })

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('parse', 'file:///anywhere/src/proxy/head.ts') },
    { id: 3, callFrame: frame('(program)') },
  ],
  samples: [2, 1, 3, 2],
  timeDeltas: [0, 1_000_000, 1_000_000, 3_000_000, 0],
}

test('self time is the time until the next sample, idling left out', () => {
  assert.deepEqual(summarise(profile, 100), {
    busyMicros: 4_000_000,
    functions: [
      { where: '(program)', micros: 3_000_000 },
      { where: 'parse src/proxy/head.ts:10', micros: 1_000_000 },
    ],
  })
})

test('what lies before the asked-for seconds is not counted', () => {
  assert.deepEqual(summarise(profile, 3).functions, [{ where: '(program)', micros: 3_000_000 }])
})

test('the table has shares and microseconds for one request', () => {
  assert.match(
    profileTable(summarise(profile, 100), 1_000_000, 1),
    /^4\.0 µs[\s\S]*75\.0 % {4}3\.00 µs {2}\(program\)$/,
  )
})
