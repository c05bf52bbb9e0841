import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '../lib/clock.ts'
import type { Snapshot } from '../model/snapshot.ts'
import { decodeObject } from './api/kubernetes/decode.ts'
import { ApplyLag } from './apply-lag.ts'

const EPOCH = Date.UTC(2026, 0, 1)

function slice(trigger: string) {
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': trigger }
  const metadata = { name: 'web-1', annotations }
  const decoded = decodeObject({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata,
    addressType: 'IPv4',
  })
  assert.ok(decoded.outcome === 'object')
  return decoded.object
}

function setUp() {
  const clock = new FakeClock(EPOCH)
  const lag = new ApplyLag(clock)
  return {
    clock,
    lag,
    snapshot: (): Snapshot => new Map(),
    sum: () => lag.sinceChange.value.sum,
    counted: () => counted(lag),
  }
}

function counted(lag: ApplyLag): number {
  return lag.sinceChange.value.counts.reduce((sum, count) => sum + count)
}

test('a change counts from the time on its slice until the workers have a translation with it', () => {
  const { clock, lag, snapshot, sum, counted } = setUp()
  const [before, after] = [snapshot(), snapshot()]
  lag.translated(before)
  lag.changed(slice('2026-01-01T00:00:00Z'), undefined)
  lag.translated(after)
  clock.advance(40)
  lag.applied(before)
  assert.equal(counted(), 0)
  clock.advance(60)
  lag.applied(after)
  assert.deepEqual([counted(), sum()], [1, 0.1])
  lag.applied(after)
  assert.equal(counted(), 1)
})

test('a translation that was passed over counts with the next', () => {
  const { clock, lag, snapshot, sum } = setUp()
  lag.changed(slice('2026-01-01T00:00:00Z'), undefined)
  lag.translated(snapshot())
  const next = snapshot()
  lag.translated(next)
  clock.advance(250)
  lag.applied(next)
  assert.equal(sum(), 0.25)
})

test('a slice that changed for another reason, or that does not say when, counts from its arrival alone', () => {
  const { clock, lag, snapshot, counted } = setUp()
  const same = slice('2026-01-01T00:00:00Z')
  lag.changed(same, same)
  lag.changed(slice('yesterday'), undefined)
  const next = snapshot()
  lag.translated(next)
  clock.advance(4)
  lag.applied(next)
  assert.equal(counted(), 0)
  assert.equal(lag.sinceArrival.value.sum, 0.008)
})

test('a clock that is behind that of the cluster makes no negative times', () => {
  const { lag, snapshot, sum, counted } = setUp()
  lag.changed(slice('2026-01-01T00:00:09Z'), undefined)
  const next = snapshot()
  lag.translated(next)
  lag.applied(next)
  assert.deepEqual([counted(), sum()], [1, 0])
})

test('the end of a Pod counts from when it was asked for', () => {
  const { clock, lag, snapshot, sum } = setUp()
  const deletion = { deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 }
  const decoded = decodeObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-0', ...deletion },
    spec: { containers: [] },
  })
  assert.ok(decoded.outcome === 'object')
  const after = snapshot()
  lag.changed(decoded.object, undefined)
  lag.translated(after)
  clock.advance(250)
  lag.applied(after)
  assert.equal(sum(), 0.25)
})
